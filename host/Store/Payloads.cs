using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PluginGateway.Store;

/// <summary>Messages as the database keeps them: JSON. Shapes of their own, because the contract's records refuse what an older or newer version may have left out.</summary>
internal static class Payloads
{
    private static readonly PayloadJson Json = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    });

    public static byte[] Write(InboundMessage message) => JsonSerializer.SerializeToUtf8Bytes(InboundPayload.From(message), Json.InboundPayload);

    public static byte[] Write(Chat chat, Reply reply) => JsonSerializer.SerializeToUtf8Bytes(OutboundPayload.From(chat, reply), Json.OutboundPayload);

    /// <exception cref="JsonException">It is no message of ours.</exception>
    /// <exception cref="ArgumentException">The contract's records refuse it.</exception>
    public static InboundMessage ReadInbound(byte[] payload) =>
        (JsonSerializer.Deserialize(payload, Json.InboundPayload) ?? throw new JsonException("The payload is null.")).ToMessage();

    /// <exception cref="JsonException">It is no message of ours.</exception>
    /// <exception cref="ArgumentException">The contract's records refuse it.</exception>
    public static OutboundPayload ReadOutbound(byte[] payload) =>
        JsonSerializer.Deserialize(payload, Json.OutboundPayload) ?? throw new JsonException("The payload is null.");
}

internal sealed record ChatPayload(string Id, ChatKind Kind, string? Thread)
{
    public static ChatPayload From(Chat chat) => new(chat.Id, chat.Kind, chat.Thread);

    public Chat ToChat() => new(Id, Kind, Thread);
}

internal sealed record SenderPayload(string Id, string? Name, bool IsBot);

internal sealed record AttachmentPayload(string Reference, AttachmentKind Kind, string? Name, string? ContentType, long? Size);

internal sealed record InboundPayload(
    string? EventId, ChatPayload Chat, SenderPayload Sender, string? Text, AttachmentPayload[]? Attachments, string? ReplyTo, DateTimeOffset? PlatformTime, bool IsEdit,
    bool MentionsBot, Dictionary<string, string>? Extras)
{
    /// <summary>The adapter's state is not kept with the message: it is committed beside it.</summary>
    public static InboundPayload From(InboundMessage m) => new(
        m.EventId, ChatPayload.From(m.Chat), new(m.Sender.Id, m.Sender.Name, m.Sender.IsBot), m.Text,
        m.Attachments.Count == 0 ? null : [.. m.Attachments.Select(static a => new AttachmentPayload(a.Reference, a.Kind, a.Name, a.ContentType, a.Size))],
        m.ReplyTo, m.PlatformTime, m.IsEdit, m.MentionsBot, m.Extras.Count == 0 ? null : new(m.Extras));

    public InboundMessage ToMessage() => new(EventId, Chat.ToChat(), new Sender(Sender.Id, Sender.Name, Sender.IsBot), Text ?? "")
    {
        Attachments = [.. (Attachments ?? []).Select(static a => new Attachment(a.Reference, a.Kind) { Name = a.Name, ContentType = a.ContentType, Size = a.Size })],
        ReplyTo = ReplyTo,
        PlatformTime = PlatformTime,
        IsEdit = IsEdit,
        MentionsBot = MentionsBot,
        Extras = Extras ?? [],
    };
}

internal sealed record FilePayload(string Path, AttachmentKind Kind, string? Name, string? ContentType);

internal sealed record OutboundPayload(ChatPayload Chat, string? Text, TextFormat Format, string? ReplyTo, FilePayload[]? Attachments)
{
    public static OutboundPayload From(Chat chat, Reply r) => new(
        ChatPayload.From(chat), r.Text, r.Format, r.ReplyTo,
        r.Attachments.Count == 0 ? null : [.. r.Attachments.Select(static a => new FilePayload(a.Path, a.Kind, a.Name, a.ContentType))]);

    public string FullText => Text ?? "";

    /// <summary>The message of one attempt: one piece of the text. Each piece has a key of its own, because the platform may know the first one; what goes with the text goes
    /// with the first.</summary>
    /// <param name="key">The row's key.</param>
    /// <param name="start">Where in <see cref="FullText"/> the piece starts.</param>
    /// <param name="piece">What to send.</param>
    public OutboundMessage ToMessage(string key, int start, string piece, int attempt, DateTimeOffset? deadline)
    {
        var isFirst = start == 0;
        return new(isFirst ? key : $"{key}.r{start}", Chat.ToChat(), piece)
        {
            Attempt = attempt,
            Format = Format,
            ReplyTo = isFirst ? ReplyTo : null,
            Attachments = isFirst ? [.. (Attachments ?? []).Select(static a => new OutboundAttachment(a.Path, a.Kind) { Name = a.Name, ContentType = a.ContentType })] : [],
            Deadline = deadline,
        };
    }
}

[JsonSerializable(typeof(InboundPayload))]
[JsonSerializable(typeof(OutboundPayload))]
internal sealed partial class PayloadJson : JsonSerializerContext;
