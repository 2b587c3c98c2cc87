using PluginGateway.Configuration.Options;
using PluginGateway.Posix;
using PluginGateway.Serialization;
using PluginGateway.Shutdown;

namespace PluginGateway.Control.Verbs;

internal sealed class StopVerb(StopRequests requests, GatewayOptions options) : IControlVerb
{
    public string Name => "stop";

    public ControlReply Execute(ControlRequest request)
    {
        requests.Ask("stop", ExitCodes.Planned);
        return StopAnswer.Of(options);
    }
}

internal sealed class RestartVerb(StopRequests requests, GatewayOptions options) : IControlVerb
{
    public string Name => "restart";

    public ControlReply Execute(ControlRequest request) => requests.Ask("restart", ExitCodes.Restart)
        ? StopAnswer.Of(options)
        : ControlReply.Refused($"The gateway is stopping already ({requests.First!.Reason}).");
}

file static class StopAnswer
{
    public static ControlReply Of(GatewayOptions options) => ControlReply.Done(JsonText.Line(
        new StopAccepted(options.ShutdownBudget.TotalSeconds, options.LastResortGrace.TotalSeconds), ControlJson.Default.StopAccepted));
}
