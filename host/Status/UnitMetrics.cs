using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Supervision;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Web.Health;

namespace PluginGateway.Status;

/// <summary>Figures of each adapter and handler.</summary>
internal static class UnitMetrics
{
    private static readonly string[] UnitStates = [.. Enum.GetNames<UnitPhase>().Append("Degraded").Select(static name => name.ToLowerInvariant())];

    public static void WriteStates(PrometheusText text, IReadOnlyList<UnitSnapshot> units)
    {
        text.Gauge("gateway_unit_state", "1 for the state an adapter or a handler is in.");
        foreach (var unit in units)
        {
            foreach (var state in UnitStates) text.Add(string.Equals(state, unit.StateName, StringComparison.OrdinalIgnoreCase) ? 1 : 0,
                [.. Labels(unit), ("plugin", unit.Plugin), ("state", state)]);
        }

        Each("gateway_unit_since_seconds", "Since when it is in that state, in seconds since 1970.", static unit => UnixTime.Of(unit.SinceUtc));
        Each("gateway_unit_generation", "The number of its instance.", static unit => unit.Generation);
        Each("gateway_unit_attempt", "The attempt at which its connection is.", static unit => unit.Attempt);
        Each("gateway_unit_needs_attention", "1 when it has been down for so long that the operator should look.", static unit => unit.NeedsAttention
            ? 1 : 0);
        Each("gateway_unit_unloads_pending", "Earlier contexts that something of the plugin keeps in memory.", static unit => unit.UnloadsPending);
        Each("gateway_unit_late_results_total", "Abandoned calls that came back after all.", static unit => unit.LateResults, isCounter: true);
        Each("gateway_unit_ignored_reports_total", "Reports of generations that had been retired.", static unit => unit.IgnoredReports,
            isCounter: true);
        text.Gauge("gateway_abandoned_calls", "Calls that outlived their deadline and have not come back.");
        foreach (var unit in units)
        {
            foreach (var calls in unit.Abandoned.GroupBy(static call => call.Operation)) text.Add(calls.Count(),
                [.. Labels(unit), ("operation", FailureMapping.Name(calls.Key))]);
        }

        void Each(string name, string help, Func<UnitSnapshot, double> read, bool isCounter = false)
        {
            if (isCounter) text.Counter(name, help);
            else text.Gauge(name, help);
            foreach (var unit in units) text.Add(read(unit), Labels(unit));
        }
    }

    public static void WriteCalls(PrometheusText text, IReadOnlyList<UnitSnapshot> units)
    {
        var all = units.Select(static unit => (Unit: unit, Operations: unit.Figures?.Read().ToArray() ?? [])).ToArray();
        text.Counter("gateway_calls_total", "Calls into a plugin that have ended: completed, failed, or overdue at their deadline.");
        foreach (var (unit, operations) in all)
        {
            foreach (var operation in operations)
            {
                foreach (var (kind, count) in operation.ByOutcome) text.Add(count,
                    [.. Labels(unit), ("operation", FailureMapping.Name(operation.Operation)), ("outcome", kind.ToString().ToLowerInvariant())]);
            }
        }

        text.Histogram("gateway_call_seconds", "How long calls into a plugin took, in steps of 5 ms.");
        foreach (var (unit, operations) in all)
        {
            foreach (var operation in operations)
                text.Add(CallStatistics.Bounds, operation.Spans, operation.Total.TotalSeconds,
                    [.. Labels(unit), ("operation", FailureMapping.Name(operation.Operation))]);
        }
    }

    public static void WriteLifeSigns(PrometheusText text, IReadOnlyList<AdapterStatus> adapters)
    {
        text.Gauge("gateway_adapter_life_sign_age_seconds", "How long ago a part of the connection last proved to work.");
        foreach (var adapter in adapters)
        {
            if (adapter.LifeSigns is not { } signs) continue;
            foreach (var (part, age) in (ReadOnlySpan<(string, double?)>)[("transport", signs.TransportSeconds), ("ingress", signs.IngressSeconds),
                ("egress", signs.EgressSeconds)])
                text.Add(age, ("id", adapter.Id), ("part", part));
        }
    }

    public static void WriteWorkers(PrometheusText text, IReadOnlyList<AdapterStatus> units)
    {
        text.Gauge("gateway_worker_memory_bytes", "Resident memory of the process of an isolated adapter or handler.");
        foreach (var unit in units) text.Add(unit.Worker?.MemoryBytes, ("id", unit.Id));
        text.Counter("gateway_worker_cpu_seconds_total", "Processor time of that process.");
        foreach (var unit in units) text.Add(unit.Worker?.CpuSeconds, ("id", unit.Id));
    }

    private static (string, string)[] Labels(UnitSnapshot unit) => [("id", unit.Id), ("kind", unit.IsAdapter ? "adapter" : "handler")];
}
