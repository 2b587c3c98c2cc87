using PluginGateway.Configuration.Options;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Units;

/// <summary>A unit as a configuration defines it.</summary>
internal sealed record WantedUnit(string Id, bool IsAdapter, UnitSpec Spec, UnitOptions Terms)
{
    /// <summary>Returns every unit of a configuration: the default handler, then each adapter after its own handler.</summary>
    public static IEnumerable<WantedUnit> Of(GatewayConfiguration configuration)
    {
        var gateway = configuration.Gateway;
        var options = new UnitOptions(gateway.Reconnect, gateway.OnWedged);
        yield return Of(HandlerIds.Default, configuration.Handler);
        foreach (var adapter in configuration.Adapters)
        {
            if (adapter.Handler is { } own) yield return Of(HandlerIds.Of(adapter.Id), own);
            yield return new(adapter.Id, true, UnitSpec.Of(adapter, gateway),
                options with { OnWedged = adapter.OnWedged, CanBeIsolated = adapter.Isolation == IsolationMode.InProcess });
        }

        WantedUnit Of(string id, HandlerOptions handler) =>
            new(id, false, UnitSpec.Of(handler, gateway), options with { CanBeIsolated = !handler.IsIsolated });
    }
}
