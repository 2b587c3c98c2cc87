using PluginGateway.Configuration.Options;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Units;

/// <summary>Decides which units run from the start. Pure: configuration, the operator's overrides and safe mode in, one decision a unit
/// out.</summary>
internal static class StartupPolicy
{
    public const string ByConfiguration = "disabled in the configuration";
    public const string ByOperator = "disabled by the operator";
    public const string BySafeMode = "safe mode";

    /// <summary>Returns the reason for which an adapter does not run; null when it runs.</summary>
    public static DisabledReason? Of(AdapterOptions adapter, AdapterOverride? adapterOverride, bool safeMode) =>
        adapterOverride?.Quarantine is { } why ? new(UnitPhase.Quarantined, why)
        : adapterOverride?.Enabled == false ? new(UnitPhase.Disabled, ByOperator)
        : !adapter.Enabled && adapterOverride?.Enabled != true ? new(UnitPhase.Disabled, ByConfiguration)
        : !adapter.Enabled && adapter.Blocker is { } blocker ? new(UnitPhase.Disabled, blocker)
        : adapter.Blocker is { } wrong ? new(UnitPhase.Parked, wrong) { Code = PluginFault.InvalidSettingsCode }
        : safeMode && !adapter.Required ? new(UnitPhase.Disabled, BySafeMode)
        : null;

    /// <summary>Returns the reason for which a handler does not run; null when it runs. An adapter's own handler is disabled with it; in safe mode
    /// every handler is whose adapters are all disabled.</summary>
    /// <param name="adapterOverride">The override of the handler.</param>
    /// <param name="isOwn">True for a handler of one adapter.</param>
    /// <param name="isNeeded">True when an adapter that uses the handler runs.</param>
    /// <param name="safeMode">True when the gateway starts in safe mode.</param>
    public static DisabledReason? OfHandler(AdapterOverride? adapterOverride, bool isOwn, bool isNeeded, bool safeMode) =>
        adapterOverride?.Quarantine is { } why ? new(UnitPhase.Quarantined, why)
        : isNeeded || !isOwn && !safeMode ? null
        : new(UnitPhase.Disabled, safeMode ? BySafeMode : "its adapter does not run");
}
