using PluginGateway.Supervision;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Reloading;

/// <summary>Report on one unit after a reload, for the operator. Pure.</summary>
internal static class ReloadDescription
{
    /// <param name="planned">The planned change, which was made.</param>
    /// <param name="candidate">The candidate that was loaded to replace it; null: none in time.</param>
    /// <param name="unit">The unit's present state; null: it was removed.</param>
    /// <param name="owed">Messages that are owed through it.</param>
    public static ReloadedUnit Of(PlannedUnit planned, Candidate? candidate, UnitSnapshot? unit, int owed)
    {
        var plugin = planned.Wanted?.Spec.Plugin ?? unit?.Plugin ?? "";
        var state = unit?.StateName.ToLowerInvariant();
        if (planned.Move == UnitMove.Remove)
            return new(planned.Id, plugin, planned.Outcome, null, null,
                owed == 0 ? null : $"{owed} messages are owed through it; they stay in the store and go when it is configured again");
        if (planned.Move == UnitMove.Swap && candidate?.Plugin is null)
        {
            var failure = candidate?.Failure ?? new Failure("load-timeout", "it could not be loaded in time");
            return new(planned.Id, plugin, ReloadOutcome.Refused, state, failure.Code, $"{failure.Message.TrimEnd('.')}. What ran goes on as it was")
            {
                Ok = false
            };
        }

        if (planned.Move == UnitMove.Keep)
        {
            // A unit that this reload did not touch is reported as not ok if it is parked or quarantined.
            return new(planned.Id, plugin, planned.Outcome, state, unit?.Code, Said(unit?.Reason))
            {
                Ok = unit is not { Phase: UnitPhase.Parked or UnitPhase.Quarantined }
            };
        }

        if (planned.Disabled is { } disabledReason)
            return new(planned.Id, plugin, planned.Outcome, state, disabledReason.Code, disabledReason.Reason)
            {
                Ok = disabledReason.Phase != UnitPhase.Parked
            };
        return new(planned.Id, plugin, planned.Outcome, state, unit?.Code, Said(unit?.Reason)) { Ok = unit is { Phase: UnitPhase.Connected } };
    }

    private static string? Said(string? reason) => string.IsNullOrEmpty(reason) ? null : reason;
}
