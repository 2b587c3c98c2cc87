using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Supervision;
using PluginGateway.Supervision.Machine;
using PluginGateway.Units;

namespace PluginGateway.Reloading;

/// <summary>A plan that is in force.</summary>
/// <param name="Plan">As it was carried out.</param>
/// <param name="Touched">The units to wait for, with their generations until then.</param>
/// <param name="PlannedUtc">When the reload looked at the units.</param>
internal sealed record CommittedReload(
    IReadOnlyList<PlannedUnit> Plan, IReadOnlyList<(PlannedUnit Unit, int Generation)> Touched, DateTimeOffset PlannedUtc);

/// <summary>Puts a plan in force. The operator may have enabled or disabled units while candidates were loaded: whether a unit runs is decided now,
/// in one step with the message to the supervisor. Cannot fail. Only the reload thread.</summary>
internal sealed class ReloadCommit(
    UnitRegistry registry, AdapterControl control, DisabledReasons reasons, CurrentConfiguration running, Supervisor supervisor,
    Dispatcher dispatcher)
{
    public CommittedReload Run(ReloadReading read, GatewayConfiguration next, IReadOnlyDictionary<string, Candidate?> candidates)
    {
        var plannedUtc = read.Planned + supervisor.Steady.WallOffset;
        registry.Forget();
        control.Adopt(next, plannedUtc, registry.IsLeft);
        List<(PlannedUnit, int)> touched = [];
        List<PlannedUnit> done = [];
        foreach (var unit in read.Plan)
        {
            control.Atomically(() =>
            {
                var decided = unit.Wanted is null ? unit : unit with { Disabled = reasons.Of(unit.Id) };
                done.Add(decided);
                if (Carry(decided, candidates.GetValueOrDefault(unit.Id), next.Gateway.Timeouts.Drain, read.Planned) is not { } generation) return;
                touched.Add((decided, generation));
                dispatcher.ForgetHolds(unit.Id);
            });
        }

        dispatcher.SetShares([.. running.Value.Adapters.Select(static adapter => adapter.Id)]);
        dispatcher.Reroute();
        return new(done, touched, plannedUtc);
    }

    /// <summary>Posts the configuration of one unit to the supervisor. Returns its generation so far; null: the reload need not wait for the
    /// unit.</summary>
    private int? Carry(PlannedUnit plan, Candidate? candidate, TimeSpan drain, DateTimeOffset planned)
    {
        // A plugin that could not be loaded replaces no generation.
        if (plan.Move == UnitMove.Swap && candidate?.Plugin is null) return null;
        var unit = plan.Wanted is { } wanted ? registry.FindOrMake(wanted) : registry.Find(plan.Id)!;
        var generation = unit.State.Generation;
        unit.Post(new ConfigureCommand(plan.Wanted is null ? null : registry.ConfigurationOf(plan.Wanted), plan.Disabled)
        {
            Renews = plan.Move != UnitMove.Keep,
            Candidate = candidate?.Plugin,
            Drain = drain,
            Planned = planned,
        });
        return plan.Move == UnitMove.Keep ? null : generation;
    }
}
