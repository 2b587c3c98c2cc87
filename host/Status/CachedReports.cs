using PluginGateway.Serialization;
using PluginGateway.Threads;
using PluginGateway.Web.Health;

namespace PluginGateway.Status;

/// <summary>The reports for the listener. Many readers cost the store and the dispatcher no more than two questions a second.</summary>
internal sealed class CachedReports(StatusReporter reporter, MetricsWriter metrics, TimeProvider clock) : IGatewayReports
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromMilliseconds(500);

    private readonly object _gate = new();
    private volatile StatusReport? _last;
    private long _taken;

    public byte[] Status() => JsonText.LineBytes(Latest(), StatusJson.Default.StatusReport);

    public byte[] Metrics() => metrics.Write(Latest());

    /// <summary>Returns a fresh report, or the last one while another request fetches it.</summary>
    private StatusReport Latest()
    {
        if (_last is { } known)
        {
            if (IsFresh()) return known;
            using var free = UninterruptibleLock.TryEnter(_gate);
            return free.IsHeld ? Fetch() : known;
        }

        using (UninterruptibleLock.Enter(_gate)) return Fetch();
    }

    private StatusReport Fetch()
    {
        if (_last is { } known && IsFresh()) return known;
        var report = reporter.Report();
        _last = report;
        Volatile.Write(ref _taken, clock.GetTimestamp());
        return report;
    }

    private bool IsFresh() => clock.GetElapsedTime(Volatile.Read(ref _taken)) < FreshFor;
}
