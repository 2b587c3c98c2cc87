using PluginGateway.Supervision;
using PluginGateway.Supervision.Generations;
using PluginGateway.Units;

namespace PluginGateway.Hosting;

/// <summary>Brings the configured units under supervision.</summary>
internal sealed class UnitStarter(CurrentConfiguration running, UnitRegistry registry, Supervisor supervisor, AdapterControl control)
{
    /// <summary>Adds every unit. Returns those that are switched on.</summary>
    public IReadOnlyList<SupervisedUnit> Add()
    {
        var units = WantedUnit.Of(running.Value).Select(registry.FindOrMake).ToArray();
        foreach (var unit in units)
        {
            supervisor.Add(unit);
            if (control.DisabledReasonOf(unit.Id) is not { } disabledReason) continue;
            unit.State = unit.State with { Phase = disabledReason.Phase, Reason = disabledReason.Reason, LastFault = disabledReason.Code };
        }

        return [.. units.Where(unit => control.DisabledReasonOf(unit.Id) is null)];
    }
}
