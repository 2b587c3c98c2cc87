using System.Text.Json;
using PluginGateway.Dispatch;

namespace PluginGateway.Lifetime;

/// <summary><c>adapter</c>: enables, disables or reconnects one adapter.</summary>
internal sealed class AdapterVerb(UnitRoster roster, AdapterDesk desk, Dispatcher dispatcher) : IControlVerb
{
    public string Name => "adapter";

    public ControlReply Execute(ControlRequest request)
    {
        if (!Enum.TryParse<AdapterAction>(request["action"], ignoreCase: true, out var action) || !Enum.IsDefined(action))
            return ControlReply.Refused($"'{request["action"]}' is no action; there are: enable, disable, reconnect.");
        if (request["id"] is not { } id) return ControlReply.Refused("The request names no adapter: \"arguments\":{\"action\":\"reconnect\",\"id\":\"...\"}.");
        var (answer, refusal) = desk.Execute(action, id, roster);
        if (answer is not null && action != AdapterAction.Disable) dispatcher.ForgetHolds(id);
        return answer is null ? ControlReply.Refused(refusal!) : ControlReply.Done(JsonSerializer.Serialize(answer, LifetimeJson.Line.AdapterAnswer));
    }
}
