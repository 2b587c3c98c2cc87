using System.Text;
using PluginGateway.Access;
using PluginGateway.Dispatch;
using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Store;
using PluginGateway.Supervision;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Threads;
using PluginGateway.Units;
using PluginGateway.Web.Events;
using PluginGateway.Web.Health;
using PluginGateway.Web.Security;

namespace PluginGateway.Status;

/// <summary>Every figure of the gateway for Prometheus. Label values are bounded: ids come from the configuration, the rest from enumerations.</summary>
internal sealed class MetricsWriter(
    Supervisor supervisor, Dispatcher dispatcher, MessageStore store, GuardServices guard, GatewayHealth health, EventTopics topics, HttpStatistics http, ConnectionLimiter connections, GatewayInfo info,
    PairingRequests pairings, TimeProvider clock)
{
    private static readonly GatewayState[] States = [GatewayState.Starting, GatewayState.Ready, GatewayState.Degraded, GatewayState.Stopping];
    private static readonly string[] UnitStates = [.. Enum.GetNames<UnitPhase>().Append("Degraded").Select(static name => name.ToLowerInvariant())];

    private readonly DateTimeOffset _started = clock.GetUtcNow();

    public byte[] Write(StatusReport status)
    {
        var text = new PrometheusText();
        Gateway(text, status);
        foreach (var part in (Action<PrometheusText, IReadOnlyList<UnitSnapshot>>[])[Units, Calls]) part(text, supervisor.Snapshot.Units);
        Messages(text, store.LastBalance);
        Traffic(text, dispatcher.LastSnapshot);
        LifeSigns(text, status.Adapters);
        Workers(text, status.Adapters);
        Pairings(text);
        Machinery(text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private void Gateway(PrometheusText text, StatusReport status)
    {
        text.Gauge("gateway_info", "The version that runs.").Add(1, ("version", info.Version));
        text.Gauge("gateway_start_time_seconds", "When it started, in seconds since 1970.").Add(Unix(_started));
        text.Gauge("gateway_state", "1 for the state the gateway is in.");
        foreach (var state in States) text.Add(state == status.State ? 1 : 0, ("state", state.ToString().ToLowerInvariant()));
        if (info.LastShutdown is not { } last) return;
        text.Gauge("gateway_last_shutdown_seconds", "How long the stop before this start took.").Add(last.DurationSeconds);
        text.Gauge("gateway_last_shutdown_exit_code", "The code with which the process before this one ended.").Add(last.ExitCode);
        text.Gauge("gateway_last_shutdown_overran", "Adapters and handlers whose teardown had to be abandoned in that stop.").Add(last.Adapters.Count(static adapter => adapter.Outcome != "closed"));
    }

    private static void Units(PrometheusText text, IReadOnlyList<UnitSnapshot> units)
    {
        text.Gauge("gateway_unit_state", "1 for the state an adapter or a handler is in.");
        foreach (var unit in units)
        {
            foreach (var state in UnitStates) text.Add(string.Equals(state, unit.StateName, StringComparison.OrdinalIgnoreCase) ? 1 : 0, [.. Labels(unit), ("plugin", unit.Plugin), ("state", state)]);
        }

        Each("gateway_unit_since_seconds", "Since when it is in that state, in seconds since 1970.", static unit => Unix(unit.SinceUtc));
        Each("gateway_unit_generation", "The number of its instance.", static unit => unit.Generation);
        Each("gateway_unit_attempt", "The attempt at which its connection is.", static unit => unit.Attempt);
        Each("gateway_unit_needs_attention", "1 when it has been down for so long that the operator should look.", static unit => unit.NeedsAttention ? 1 : 0);
        Each("gateway_unit_unloads_pending", "Earlier contexts that something of the plugin keeps in memory.", static unit => unit.UnloadsPending);
        Each("gateway_unit_late_results_total", "Abandoned calls that came back after all.", static unit => unit.LateResults, isCounter: true);
        Each("gateway_unit_ignored_reports_total", "Reports of generations that had been retired.", static unit => unit.IgnoredReports, isCounter: true);
        text.Gauge("gateway_abandoned_calls", "Calls that outlived their deadline and have not come back.");
        foreach (var unit in units)
        {
            foreach (var calls in unit.Abandoned.GroupBy(static call => call.Operation)) text.Add(calls.Count(), [.. Labels(unit), ("operation", FailureMapping.Name(calls.Key))]);
        }

        void Each(string name, string help, Func<UnitSnapshot, double> read, bool isCounter = false)
        {
            if (isCounter) text.Counter(name, help);
            else text.Gauge(name, help);
            foreach (var unit in units) text.Add(read(unit), Labels(unit));
        }
    }

    private static void Workers(PrometheusText text, IReadOnlyList<AdapterStatus> adapters)
    {
        text.Gauge("gateway_worker_memory_bytes", "Resident memory of the process of an isolated adapter.");
        foreach (var adapter in adapters) text.Add(adapter.Worker?.MemoryBytes, ("id", adapter.Id));
        text.Counter("gateway_worker_cpu_seconds_total", "Processor time of that process.");
        foreach (var adapter in adapters) text.Add(adapter.Worker?.CpuSeconds, ("id", adapter.Id));
    }

    private static void Calls(PrometheusText text, IReadOnlyList<UnitSnapshot> units)
    {
        var all = units.Select(static unit => (Unit: unit, Operations: unit.Figures?.Read().ToArray() ?? [])).ToArray();
        text.Counter("gateway_calls_total", "Calls into a plugin that have ended: completed, failed, or overdue at their deadline.");
        foreach (var (unit, operations) in all)
        {
            foreach (var operation in operations)
            {
                foreach (var (kind, count) in operation.ByOutcome) text.Add(count, [.. Labels(unit), ("operation", FailureMapping.Name(operation.Operation)), ("outcome", kind.ToString().ToLowerInvariant())]);
            }
        }

        text.Histogram("gateway_call_seconds", "How long calls into a plugin took, in steps of 5 ms.");
        foreach (var (unit, operations) in all)
        {
            foreach (var operation in operations)
                text.Add(CallStatistics.Bounds, operation.Spans, operation.Total.TotalSeconds, [.. Labels(unit), ("operation", FailureMapping.Name(operation.Operation))]);
        }
    }

    private void Messages(PrometheusText text, Balance balance)
    {
        var (inbound, outbound) = (balance.Inbound, balance.Outbound);
        text.Counter("gateway_inbound_messages_total", "Messages from platforms since the data directory was made: accepted = handled + parked + pending; the others were turned away.");
        foreach (var (outcome, count) in (ReadOnlySpan<(string, long)>)[
            ("accepted", inbound.Accepted), ("handled", inbound.Handled), ("parked", inbound.Parked), ("duplicate", inbound.Duplicates), ("refused", inbound.Refused), ("discarded", inbound.Discarded)])
            text.Add(count, ("outcome", outcome));
        text.Gauge("gateway_inbound_pending", "Accepted and not yet handled.").Add(inbound.Pending);
        text.Gauge("gateway_inbound_oldest_age_seconds", "Age of the oldest of them; 0 without any.").Add(Age(balance.OldestPending));
        text.Counter("gateway_outbound_messages_total", "Messages to platforms since the data directory was made: owed = delivered + rejected + parked + pending.");
        foreach (var (outcome, count) in (ReadOnlySpan<(string, long)>)[
            ("owed", outbound.Owed), ("delivered", outbound.Delivered), ("rejected", outbound.Rejected), ("parked", outbound.Parked)])
            text.Add(count, ("outcome", outcome));
        text.Gauge("gateway_outbound_pending", "Owed and not yet settled.").Add(outbound.Pending);
        text.Gauge("gateway_outbound_oldest_age_seconds", "Age of the oldest of them; 0 without any.").Add(Age(balance.OldestOwed));
        text.Gauge("gateway_balance_exact", "1 when both balances hold.").Add(balance.IsExact ? 1 : 0);
    }

    private void Traffic(PrometheusText text, DispatchSnapshot dispatch)
    {
        text.Gauge("gateway_turns_running", "Turns that run.").Add(dispatch.RunningTurns.Count);
        text.Gauge("gateway_turns_waiting", "Messages that wait for their turn, the running ones included.").Add(dispatch.PendingMessages);
        text.Gauge("gateway_turn_oldest_seconds", "How long the oldest running turn has been running; 0 without any.").Add(Age(dispatch.RunningTurns.Select(static turn => (DateTimeOffset?)turn.Since).Min()));
        Each("gateway_adapter_sends_in_flight", "Sends that are being tried.", static adapter => adapter.InFlight);
        Each("gateway_adapter_owed", "Messages that are owed through it.", static adapter => adapter.Owed);
        Each("gateway_adapter_last_inbound_seconds", "When something last arrived, in seconds since 1970.", static adapter => Unix(adapter.LastInbound));
        Each("gateway_adapter_last_outbound_seconds", "When something was last delivered, in seconds since 1970.", static adapter => Unix(adapter.LastOutbound));

        text.Counter("gateway_inbound_discarded_total", "Messages that were turned away for good since the start, by cause.");
        foreach (var adapter in dispatch.Adapters)
        {
            foreach (var (cause, count) in adapter.Discarded) text.Add(count, ("id", adapter.AdapterId), ("cause", cause));
        }

        void Each(string name, string help, Func<AdapterQueueSnapshot, double?> read)
        {
            text.Gauge(name, help);
            foreach (var adapter in dispatch.Adapters) text.Add(read(adapter), ("id", adapter.AdapterId));
        }
    }

    private static void LifeSigns(PrometheusText text, IReadOnlyList<AdapterStatus> adapters)
    {
        text.Gauge("gateway_adapter_life_sign_age_seconds", "How long ago a part of the connection last proved to work.");
        foreach (var adapter in adapters)
        {
            if (adapter.LifeSigns is not { } signs) continue;
            foreach (var (part, age) in (ReadOnlySpan<(string, double?)>)[("transport", signs.TransportSeconds), ("ingress", signs.IngressSeconds), ("egress", signs.EgressSeconds)])
                text.Add(age, ("id", adapter.Id), ("part", part));
        }
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

    private void Machinery(PrometheusText text)
    {
        text.Gauge("gateway_heartbeat_age_seconds", "Time since a loop last came round.");
        foreach (var beat in health.Heartbeats) text.Add(beat.Age.TotalSeconds, ("loop", beat.Name));
        text.Gauge("gateway_pool_starved", "1 while the thread pool on which plugins await is starved.").Add(guard.Watch.Pool.IsStarved ? 1 : 0);
        text.Counter("gateway_pool_starvations_total", "How often it has been starved.").Add(guard.Watch.Pool.Starvations);
        text.Gauge("gateway_pool_wait_seconds", "How long the open probe of the pool has been waiting.").Add(guard.Watch.Pool.Waiting.TotalSeconds);
        text.Counter("gateway_store_commits_total", "Transactions that became durable.").Add(store.Figures.Commits);
        text.Counter("gateway_store_commands_total", "Verbs written in them.").Add(store.Figures.Commands);
        text.Counter("gateway_store_failures_total", "Transactions that were undone.").Add(store.Figures.Failures);
        text.Gauge("gateway_store_broken", "1 once the database turned out to be damaged.").Add(store.Broken is null ? 0 : 1);
        text.Gauge("gateway_media_bytes", "Bytes in the media folder, as last counted.").Add(dispatcher.Copies.Folder.Used);
        text.Gauge("gateway_media_limit_bytes", "The most it may have.").Add(dispatcher.Copies.Folder.Limits.MaxTotalBytes);
        text.Counter("gateway_http_answers_total", "HTTP answers by the class of their status.");
        foreach (var (name, count) in http.Answers) text.Add(count, ("code", name));
        text.Counter("gateway_http_wrong_tokens_total", "Requests whose token was not right.").Add(http.WrongTokens);
        text.Counter("gateway_http_evicted_connections_total", "Idle connections that were closed to let another one in.").Add(http.EvictedConnections);
        text.Gauge("gateway_http_connections", "Open connections.").Add(connections.Open);
        text.Gauge("gateway_http_event_streams", "Open event streams.").Add(topics.OpenStreams);
    }

    private double Age(DateTimeOffset? since) => since is { } then ? Math.Max(0, (clock.GetUtcNow() - then).TotalSeconds) : 0;

    private static (string, string)[] Labels(UnitSnapshot unit) => [("id", unit.Id), ("kind", unit.IsAdapter ? "adapter" : "handler")];

    private static double Unix(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    private static double? Unix(DateTimeOffset? time) => time is { } known ? Unix(known) : null;
}
