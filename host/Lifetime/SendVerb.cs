using System.Text.Json;
using PluginGateway.Dispatch;
using PluginGateway.Threads;
using PluginGateway.Web;

namespace PluginGateway.Lifetime;

/// <summary><c>send</c>: owes a message to a chat, or says what became of one. Waits for the disk a moment, for nobody else.</summary>
internal sealed class SendVerb(OutsideDesk desk) : IControlVerb
{
    private static readonly TimeSpan DiskTime = TimeSpan.FromSeconds(1);

    public string Name => "send";

    public ControlReply Execute(ControlRequest request)
    {
        if (request["status"] is { } asked) return Report(asked, $"There is no message with the id or key '{asked}', or none any more.");
        if (request["to"] is not { } to || !OutsideDesk.TryTarget(to, out var adapterId, out var chat)) return ControlReply.Refused("Say where to: ADAPTER:CHAT, for example web:readme.");
        if (request["key"] is not { } key || request["text"] is not { } text) return ControlReply.Refused("The request needs 'text' and 'key'.");
        if (!Enum.TryParse<TextFormat>(request["format"] ?? "plain", ignoreCase: true, out var format)) return ControlReply.Refused("The format is plain or markdown.");
        OutsideRequest message;
        try
        {
            using var files = JsonDocument.Parse(request["attachments"] ?? "[]");
            if (AttachmentList.Read(files.RootElement, out var problem) is not { } attachments) return ControlReply.Refused(problem);
            message = new OutsideRequest(adapterId, new Chat(chat, ChatKind.Direct, request["thread"]), new Reply(text) { Format = format, Attachments = attachments }, key);
        }
        catch (Exception refused) when (refused is ArgumentException or JsonException)
        {
            return ControlReply.Refused(refused.Message);
        }

        if (!Wait<OutsideAnswer>(done => desk.Owe(message, done), out var answer)) return ControlReply.Refused($"The disk is slow: the message may be owed. Ask: plugin-gateway send --status {key}");
        return answer.Verdict is OutsideVerdict.Owed or OutsideVerdict.Known ? Report(key, "The message is owed.") : ControlReply.Refused(answer.Sentence);
    }

    private ControlReply Report(string idOrKey, string otherwise)
    {
        if (!Wait<DeliveryReport?>(done => desk.Find(idOrKey, turn: 0, done), out var delivery)) return ControlReply.Refused("The disk is slow; ask again.");
        return delivery is null ? ControlReply.Refused(otherwise) : ControlReply.Done(JsonSerializer.Serialize(delivery, LifetimeJson.Line.DeliveryReport));
    }

    private static bool Wait<T>(Action<Action<T>> ask, out T? answer)
    {
        var gate = new object();
        var (isThere, value) = (false, default(T));
        ask(given =>
        {
            using (Held.On(gate))
            {
                (isThere, value) = (true, given);
                Monitor.Pulse(gate);
            }
        });
        using (Held.On(gate))
        {
            var isInTime = Held.WaitUntil(gate, () => isThere, DiskTime);
            answer = value;
            return isInTime;
        }
    }
}
