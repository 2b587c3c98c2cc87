using PluginGateway.Serialization;
using PluginGateway.Status;

namespace PluginGateway.Control.Verbs;

internal sealed class StatusVerb(StatusReporter status) : IControlVerb
{
    public string Name => "status";

    public ControlReply Execute(ControlRequest request) => ControlReply.Done(JsonText.Line(status.Report(), StatusJson.Default.StatusReport));
}
