using PluginGateway.Configuration.Options;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Units;

/// <summary>Units that do not run, with the reason: the configuration, an override or safe mode. Any thread.</summary>
internal sealed class DisabledReasons(CurrentConfiguration running, GatewayInfo info, AdapterOverrideStore overrides)
{
    /// <summary>True when the operator can enable a disabled unit without another configuration: then the gateway stays up, even when no unit can
    /// run.</summary>
    public bool CanEnable => info.SafeMode is not null
        || running.Value.Adapters.Any(adapter => Of(adapter.Id) is { Phase: not UnitPhase.Parked, Reason: not StartupPolicy.ByConfiguration });

    /// <summary>Returns the reason of a unit in the configuration in force; null when it runs.</summary>
    public DisabledReason? Of(string id) => Of(id, running.Value);

    /// <summary>Returns the reason of a unit in another configuration.</summary>
    public DisabledReason? Of(string id, GatewayConfiguration configuration)
    {
        var safe = info.SafeMode is not null;
        var adapterOverride = overrides.Of(id, configuration);
        if (configuration.Adapters.FirstOrDefault(adapter => adapter.Id == id) is { } adapter)
            return StartupPolicy.Of(adapter, adapterOverride, safe);
        var handlerOf = HandlerIds.Router(configuration);
        var isNeeded = configuration.Adapters.Any(user => handlerOf(user.Id) == id && Of(user.Id, configuration) is null);
        return StartupPolicy.OfHandler(adapterOverride, id != HandlerIds.Default, isNeeded, safe);
    }
}
