using System.Globalization;
using PluginGateway.Reloading;
using PluginGateway.Serialization;

namespace PluginGateway.Control.Verbs;

/// <summary><c>reload</c>: asks for a reload and answers with its ticket at once; with a ticket, answers with its state. The control thread waits
/// for nothing.</summary>
internal sealed class ReloadVerb(ReloadQueue queue) : IControlVerb
{
    public string Name => "reload";

    public ControlReply Execute(ControlRequest request)
    {
        var known = int.TryParse(request["ticket"], NumberStyles.None, CultureInfo.InvariantCulture, out var ticket);
        if (!known) ticket = queue.Ask("reload", request["id"]);
        return queue.Find(ticket) is { } report
            ? ControlReply.Done(JsonText.Line(report, ReloadingJson.Default.ReloadReport))
            : ControlReply.Refused($"There is no reload {ticket}: it was too long ago, or of an earlier start.");
    }
}
