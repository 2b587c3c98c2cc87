using System.Text.Json;
using PluginGateway.Dispatch.External;
using PluginGateway.Serialization;
using PluginGateway.Threads;
using PluginGateway.Web.Api;

namespace PluginGateway.Control.Verbs;

/// <summary><c>send</c>: owes a message to a chat, or reports the state of one. Waits for the disk a moment, for nothing else, and throws
/// nothing.</summary>
internal sealed class SendVerb(MessageApi api) : IControlVerb
{
    private static readonly TimeSpan DiskTime = TimeSpan.FromSeconds(1);

    private const int LongestId = 512;

    public string Name => "send";

    public ControlReply Execute(ControlRequest request)
    {
        if (request["status"] is { } asked) return Report(asked, $"There is no message with the id or key '{asked}', or none any more.");
        if (request["to"] is not { } to || !MessageReferences.TryTarget(to, out var adapterId, out var chat))
            return ControlReply.Refused("Say where to: ADAPTER:CHAT, for example web:readme.");
        if (request["key"] is not { } key || request["text"] is not { } text) return ControlReply.Refused("The request needs 'text' and 'key'.");
        if (!IsId(chat) || (request["thread"] is { } thread && !IsId(thread)))
            return ControlReply.Refused(
                $"The id of a chat or of a thread has 1 to {LongestId} characters and no control characters; nothing is sent.");
        if (!Enum.TryParse<TextFormat>(request["format"] ?? "plain", ignoreCase: true, out var format) || !Enum.IsDefined(format))
            return ControlReply.Refused("The format is plain or markdown.");
        if (Attachments(request["attachments"] ?? "[]", out var problem) is not { } attachments) return ControlReply.Refused(problem);
        var message = new MessageApiRequest(
            adapterId, new Chat(chat, ChatKind.Unknown, request["thread"]),
            new Reply(text) { Format = format, Attachments = attachments, Silent = request["silent"] == "true" }, key);
        if (!Rendezvous<MessageApiResult>.TryAsk(done => api.Enqueue(message, done), DiskTime, out var result))
            return ControlReply.Refused($"The disk is slow: the message may be owed. Ask: plugin-gateway send --status {key}");
        return result.Verdict is MessageApiOutcome.Owed or MessageApiOutcome.Known
            ? Report(key, "The message is owed.")
            : ControlReply.Refused(result.Sentence);
    }

    /// <summary>As the contract has it, whose types throw otherwise.</summary>
    private static bool IsId(string value) => value.Length is > 0 and <= LongestId && !value.Any(char.IsControl);

    /// <summary>Checked before it is parsed: the parser throws at what is no JSON.</summary>
    private static IReadOnlyList<OutboundAttachment>? Attachments(string json, out string problem)
    {
        if (!ControlRequestReader.IsListOfTexts(json)) return AttachmentList.Read(default, out problem);
        using var files = JsonDocument.Parse(json);
        return AttachmentList.Read(files.RootElement, out problem);
    }

    private ControlReply Report(string idOrKey, string otherwise)
    {
        if (!Rendezvous<DeliveryReport?>.TryAsk(done => api.Find(idOrKey, turn: 0, done), DiskTime, out var delivery))
            return ControlReply.Refused("The disk is slow; ask again.");
        return delivery is null
            ? ControlReply.Refused(otherwise)
            : ControlReply.Done(JsonText.Line(delivery, ExternalJson.Default.DeliveryReport));
    }
}
