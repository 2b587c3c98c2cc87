using System.Text.Json;
using PluginGateway.Web;

namespace PluginGateway.Lifetime;

/// <summary>The reports for the listener. Many readers cost the store and the dispatcher no more than two questions a second.</summary>
internal sealed class GatewayReports(StatusSource source, MetricsText metrics, TimeProvider clock) : IGatewayReports
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private volatile StatusReport? _last;
    private long _taken;

    public byte[] Status() => JsonSerializer.SerializeToUtf8Bytes(Latest(), LifetimeJson.Line.StatusReport);

    public byte[] Metrics() => metrics.Write(Latest());

    /// <summary>A fresh report, or the last one while somebody else is fetching it.</summary>
    private StatusReport Latest()
    {
        if (_last is { } known && (clock.GetElapsedTime(Volatile.Read(ref _taken)) < FreshFor || !_gate.TryEnter())) return known;
        if (!_gate.IsHeldByCurrentThread) _gate.Enter();
        try
        {
            if (_last is null || clock.GetElapsedTime(_taken) >= FreshFor)
            {
                _last = source.Report();
                Volatile.Write(ref _taken, clock.GetTimestamp());
            }

            return _last;
        }
        finally
        {
            _gate.Exit();
        }
    }
}
