using PluginGateway.Configuration.Options;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Units;

namespace PluginGateway.Reloading;

/// <summary>Unit before a reload.</summary>
/// <param name="Spec">Specification from which its generations are made.</param>
/// <param name="Content">Content hash of the plugin that was loaded, or last refused; null: none was found.</param>
internal sealed record FoundUnit(string Id, bool IsAdapter, UnitSpec Spec, string? Content);

/// <summary>Change of one unit by a reload.</summary>
internal enum UnitMove
{
    /// <summary>The generation goes on.</summary>
    Keep,

    Add,

    Remove,

    /// <summary>A candidate is loaded, and takes its place if it can be.</summary>
    Swap,

    /// <summary>The unit is disabled; its next start takes the new configuration.</summary>
    Note,

    Enable,

    Disable,
}

/// <summary>Planned change of one unit.</summary>
/// <param name="Wanted">The unit in the new configuration; null: not configured.</param>
/// <param name="Disabled">Reason why the unit does not run; null: it runs.</param>
/// <param name="Outcome">Outcome to report on success.</param>
internal sealed record PlannedUnit(string Id, UnitMove Move, WantedUnit? Wanted, DisabledReason? Disabled, ReloadOutcome Outcome);

/// <summary>Comparison of the configured units with those of a new configuration. Pure.</summary>
internal static class ReloadPlan
{
    /// <param name="found">The units that are configured now.</param>
    /// <param name="wanted">The units of the new configuration.</param>
    /// <param name="contentOf">Content hash of a wanted unit's plugin on the disk; null: none.</param>
    /// <param name="before">Reason why a unit does not run by the configuration in force; null: it runs.</param>
    /// <param name="after">The same by the new configuration.</param>
    /// <param name="isForced">True when plugins are to be loaded again in any case.</param>
    public static IReadOnlyList<PlannedUnit> Of(
        IReadOnlyList<FoundUnit> found, IReadOnlyList<WantedUnit> wanted, Func<WantedUnit, string?> contentOf, Func<string, DisabledReason?> before,
        Func<string, DisabledReason?> after, bool isForced)
    {
        var there = found.ToDictionary(static unit => unit.Id, StringComparer.Ordinal);
        var stay = wanted.Select(static unit => unit.Id).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. wanted.Select(unit => there.TryGetValue(unit.Id, out var old) && old.IsAdapter == unit.IsAdapter
                ? Of(old, unit, contentOf, before(unit.Id), after(unit.Id), isForced)
                : new PlannedUnit(unit.Id, UnitMove.Add, unit, after(unit.Id), ReloadOutcome.Added)),
            .. found.Where(unit => !stay.Contains(unit.Id))
                .Select(static unit => new PlannedUnit(unit.Id, UnitMove.Remove, null, null, ReloadOutcome.Removed)),
        ];
    }

    private static PlannedUnit Of(
        FoundUnit old, WantedUnit unit, Func<WantedUnit, string?> contentOf, DisabledReason? before, DisabledReason? after, bool isForced)
    {
        var isSame = unit.Spec.MakesTheSameAs(old.Spec);
        if (after is not null)
        {
            var move = before is null ? UnitMove.Disable : isSame && before == after ? UnitMove.Keep : UnitMove.Note;
            return new(unit.Id, move, unit, after, move switch
            {
                UnitMove.Disable => ReloadOutcome.Disabled,
                UnitMove.Note => ReloadOutcome.Reconfigured,
                _ => ReloadOutcome.Unchanged
            });
        }

        if (before is not null) return new(unit.Id, UnitMove.Enable, unit, null, ReloadOutcome.Enabled);
        var hasNewContent = contentOf(unit) != old.Content;
        if (isSame && !hasNewContent && !isForced) return new(unit.Id, UnitMove.Keep, unit, null, ReloadOutcome.Unchanged);
        return new(unit.Id, UnitMove.Swap, unit, null, hasNewContent || isSame ? ReloadOutcome.Swapped : ReloadOutcome.Reconfigured);
    }

    /// <summary>Returns the configuration in force with one adapter taken from another configuration; null: neither has it.</summary>
    public static GatewayConfiguration? Only(string id, GatewayConfiguration inForce, GatewayConfiguration next)
    {
        if (id == HandlerIds.Default) return inForce with { Handler = next.Handler, Source = next.Source };
        var own = inForce.Adapters.Concat(next.Adapters)
            .FirstOrDefault(adapter => adapter.Id == id || (adapter.Handler is not null && HandlerIds.Of(adapter.Id) == id))?.Id;
        if (own is null) return null;
        var wanted = next.Adapters.FirstOrDefault(adapter => adapter.Id == own);
        var adapters = inForce.Adapters.Select(adapter => adapter.Id == own ? wanted : adapter).OfType<AdapterOptions>().ToList();
        if (wanted is not null && !adapters.Contains(wanted)) adapters.Add(wanted);
        return inForce with { Adapters = adapters, Source = next.Source };
    }
}
