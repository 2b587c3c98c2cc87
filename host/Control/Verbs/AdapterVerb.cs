using PluginGateway.Dispatch;
using PluginGateway.Serialization;
using PluginGateway.Units;

namespace PluginGateway.Control.Verbs;

/// <summary><c>adapter</c>: enables, disables or reconnects one adapter.</summary>
internal sealed class AdapterVerb(UnitRegistry registry, AdapterControl control, Dispatcher dispatcher) : IControlVerb
{
    public string Name => "adapter";

    public ControlReply Execute(ControlRequest request)
    {
        if (!Enum.TryParse<AdapterAction>(request["action"], ignoreCase: true, out var action) || !Enum.IsDefined(action))
            return ControlReply.Refused($"'{request["action"]}' is no action; there are: enable, disable, reconnect.");
        if (request["id"] is not { } id)
            return ControlReply.Refused("The request names no adapter: \"arguments\":{\"action\":\"reconnect\",\"id\":\"...\"}.");
        var (result, refusal) = control.Execute(action, id, registry);
        if (result is not null && action != AdapterAction.Disable) dispatcher.ForgetHolds(id);
        return result is null
            ? ControlReply.Refused(refusal!)
            : ControlReply.Done(JsonText.Line(result, UnitsJson.Default.AdapterControlResult));
    }
}
