using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Supervision;
using PluginGateway.Supervision.Machine;
using PluginGateway.Units;

namespace PluginGateway.Reloading;

/// <summary>States of the units that a reload has changed, as published by the supervisor. Only the reload thread.</summary>
internal sealed class ReloadSettlement(Supervisor supervisor, Dispatcher dispatcher, CurrentConfiguration running, TimeProvider clock)
{
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(20);

    /// <summary>Longest wait for calls without a deadline: the answer must not wait for ever.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Returns the operator's limit, but at most the longest wait, which also applies without one.</summary>
    public static TimeSpan Bounded(TimeSpan limit) => limit > TimeSpan.Zero && limit < Patience ? limit : Patience;

    /// <summary>Waits until every changed unit has settled, the gateway is stopped, or the units' deadlines have passed.</summary>
    public void Await(CommittedReload committed, Func<bool> goesOn)
    {
        var drain = Bounded(running.Value.Gateway.Timeouts.Drain);
        var longest = committed.Touched.Select(static item => item.Unit.Wanted?.Spec.Timeouts).OfType<CallTimeouts>()
            .Select(static timeouts => Bounded(timeouts.Disconnect) + Bounded(timeouts.Load) * 2 + Bounded(timeouts.Connect)).Append(Patience).Max();
        var started = clock.GetTimestamp();
        while (goesOn() && clock.GetElapsedTime(started) < drain + longest)
        {
            var now = Published();
            var isSettled = committed.Touched.All(
                item => IsSettled(item.Unit, item.Generation, now.GetValueOrDefault(item.Unit.Id), committed.PlannedUtc));
            if (isSettled) return;
            Thread.Sleep(Slice);
        }
    }

    /// <summary>Returns the report on each unit, for the operator.</summary>
    public ReloadedUnit[] Describe(IReadOnlyList<PlannedUnit> plan, IReadOnlyDictionary<string, Candidate?> candidates)
    {
        var now = Published();
        dispatcher.TrySnapshot(TimeSpan.FromMilliseconds(200), out var traffic);
        var owed = traffic.Adapters.ToDictionary(static adapter => adapter.AdapterId, static adapter => adapter.Owed, StringComparer.Ordinal);
        return [.. plan.Select(planned => ReloadDescription.Of(
            planned, candidates.GetValueOrDefault(planned.Id), now.GetValueOrDefault(planned.Id), owed.GetValueOrDefault(planned.Id)))];
    }

    /// <summary>Returns true if a unit has settled: it has taken the change as far as it can for now.</summary>
    internal static bool IsSettled(PlannedUnit planned, int generation, UnitSnapshot? unit, DateTimeOffset plannedUtc) => planned switch
    {
        { Wanted: null } => unit is null or { Phase: UnitPhase.Disabled, TearingDown: 0 },
        { Disabled: not null } => unit is { TearingDown: 0, Phase: not (UnitPhase.Loading or UnitPhase.Connecting) },
        _ when unit is { Phase: UnitPhase.Quarantined } && unit.SinceUtc > plannedUtc => true,
        _ => unit is not null && unit.Generation > generation && unit.Phase is not (UnitPhase.Loading or UnitPhase.Connecting),
    };

    private Dictionary<string, UnitSnapshot> Published() => supervisor.Snapshot.Units.ToDictionary(static unit => unit.Id, StringComparer.Ordinal);
}
