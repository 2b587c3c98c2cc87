using System.Text.Json;
using PluginGateway.Configuration;

namespace PluginGateway.Lifetime;

internal sealed class StatusVerb(StatusSource status) : IControlVerb
{
    public string Name => "status";

    public ControlReply Execute(ControlRequest request) => ControlReply.Done(JsonSerializer.Serialize(status.Report(), LifetimeJson.Line.StatusReport));
}

internal sealed class StopVerb(StopRequests requests, GatewayOptions options) : IControlVerb
{
    public string Name => "stop";

    public ControlReply Execute(ControlRequest request)
    {
        requests.Ask("stop", ExitCodes.Planned);
        return Stopping.Answer(options);
    }
}

internal sealed class RestartVerb(StopRequests requests, GatewayOptions options) : IControlVerb
{
    public string Name => "restart";

    public ControlReply Execute(ControlRequest request) => requests.Ask("restart", ExitCodes.Restart)
        ? Stopping.Answer(options)
        : ControlReply.Refused($"The gateway is stopping already ({requests.First!.Reason}).");
}

file static class Stopping
{
    public static ControlReply Answer(GatewayOptions options) => ControlReply.Done(JsonSerializer.Serialize(
        new StopAccepted(options.ShutdownBudget.TotalSeconds, options.LastResortGrace.TotalSeconds), LifetimeJson.Line.StopAccepted));
}
