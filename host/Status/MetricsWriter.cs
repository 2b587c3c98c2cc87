using System.Text;
using PluginGateway.Access;
using PluginGateway.Supervision;
using PluginGateway.Units;
using PluginGateway.Web.Health;

namespace PluginGateway.Status;

/// <summary>Every figure of the gateway for Prometheus, in an order that stays. Label values are bounded: ids come from the configuration, the rest
/// from enumerations.</summary>
internal sealed class MetricsWriter(
    Supervisor supervisor, GatewayInfo info, MessageMetrics messages, PairingRequests pairings, ProcessMetrics process, HttpMetrics http,
    TimeProvider clock)
{
    private static readonly GatewayState[] States = [GatewayState.Starting, GatewayState.Ready, GatewayState.Degraded, GatewayState.Stopping];

    private readonly DateTimeOffset _started = clock.GetUtcNow();

    public byte[] Write(StatusReport status)
    {
        var text = new PrometheusText();
        Gateway(text, status);
        var units = supervisor.Snapshot.Units;
        UnitMetrics.WriteStates(text, units);
        UnitMetrics.WriteCalls(text, units);
        messages.Write(text);
        UnitMetrics.WriteLifeSigns(text, status.Adapters);
        UnitMetrics.WriteWorkers(text, [.. status.Adapters, .. status.Handlers]);
        Pairings(text);
        process.Write(text);
        http.Write(text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private void Gateway(PrometheusText text, StatusReport status)
    {
        text.Gauge("gateway_info", "The version that runs.").Add(1, ("version", info.Version));
        text.Gauge("gateway_start_time_seconds", "When it started, in seconds since 1970.").Add(UnixTime.Of(_started));
        text.Gauge("gateway_state", "1 for the state the gateway is in.");
        foreach (var state in States) text.Add(state == status.State ? 1 : 0, ("state", state.ToString().ToLowerInvariant()));
        if (info.LastShutdown is not { } last) return;
        text.Gauge("gateway_last_shutdown_seconds", "How long the stop before this start took.").Add(last.DurationSeconds);
        text.Gauge("gateway_last_shutdown_exit_code", "The code with which the process before this one ended.").Add(last.ExitCode);
        text.Gauge("gateway_last_shutdown_overran", "Adapters and handlers whose teardown had to be abandoned in that stop.")
            .Add(last.Adapters.Count(static adapter => adapter.Outcome != "closed"));
    }

    private void Pairings(PrometheusText text)
    {
        text.Gauge("gateway_pairings", "People who are paired with an adapter, groups that were let in, and those who have asked to be.");
        foreach (var adapter in pairings.List().GroupBy(static pairing => pairing.AdapterId))
        {
            text.Add(adapter.Count(static pairing => pairing is { ExpiresUtc: null, ChatId: null }), ("id", adapter.Key), ("state", "paired"));
            text.Add(adapter.Count(static pairing => pairing is { ExpiresUtc: null, ChatId: not null }), ("id", adapter.Key), ("state", "groups"));
            text.Add(adapter.Count(static pairing => pairing.ExpiresUtc is not null), ("id", adapter.Key), ("state", "requested"));
        }
    }
}
