using System.Text.Json;
using PluginGateway.Status;

namespace PluginGateway.Control.Verbs;

internal sealed class StatusVerb(StatusReporter status) : IControlVerb
{
    public string Name => "status";

    public ControlReply Execute(ControlRequest request) => ControlReply.Done(JsonSerializer.Serialize(status.Report(), StatusJson.Line.StatusReport));
}
