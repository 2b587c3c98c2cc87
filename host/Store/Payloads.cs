using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Store;

/// <summary>Messages as JSON in the database. Separate types, because the contract's records refuse values that an older or newer version may have
/// left out.</summary>
internal static class Payloads
{
    private static readonly PayloadJson Json = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    });

    public static byte[] Write(InboundEvent inbound) => JsonSerializer.SerializeToUtf8Bytes(InboundPayload.From(inbound), Json.InboundPayload);

    public static byte[] Write(Chat chat, Reply reply) => Write(OutboundPayload.From(chat, reply));

    public static byte[] Write(OutboundPayload payload) => JsonSerializer.SerializeToUtf8Bytes(payload, Json.OutboundPayload);

    /// <exception cref="JsonException">The payload is no event of this store.</exception>
    /// <exception cref="ArgumentException">The contract's records refuse the event.</exception>
    public static InboundEvent ReadInbound(byte[] payload) =>
        (JsonSerializer.Deserialize(payload, Json.InboundPayload) ?? throw new JsonException("The payload is null.")).ToEvent();

    /// <summary>Returns the event of a row, with the reference to the message of ours that it is about; null when it cannot be read.</summary>
    public static InboundEvent? TryRead(InboxRow row)
    {
        var e = TryRead(row.Payload, ReadInbound);
        if (e is null || row.Target is not { } id) return e;
        var target = MessageTarget.Owed(MessageIds.NameOf(id));
        return e switch
        {
            InboundMessage { Quote: { } quote } message => message with { Quote = quote with { Target = target } },
            ReactionChanged reaction => reaction with { Target = target },
            _ => e,
        };
    }

    /// <exception cref="JsonException">The payload is no message of this store.</exception>
    /// <exception cref="ArgumentException">The contract's records refuse the message.</exception>
    public static OutboundPayload ReadOutbound(byte[] payload) =>
        JsonSerializer.Deserialize(payload, Json.OutboundPayload) ?? throw new JsonException("The payload is null.");

    /// <summary>Reads the destination of an outbound message.</summary>
    public static Chat ReadChat(byte[] payload) => ReadOutbound(payload).Chat.ToChat();

    /// <summary>Returns the result of one of the readers above; null when the payload cannot be read.</summary>
    public static T? TryRead<T>(byte[] payload, Func<byte[], T> read)
        where T : class
    {
        try
        {
            return read(payload);
        }
        catch (Exception problem) when (problem is JsonException or ArgumentException)
        {
            return null;
        }
    }
}

/// <summary>A file in the media folder. <paramref name="Path"/>: its name in that folder, so that the data directory may be moved.</summary>
internal sealed record FilePayload(string Path, AttachmentKind Kind, string? Name, string? ContentType, long Size = 0);

/// <summary>Payload of a row of the outbox. An edit has its new text here, a reaction its emoji; both, and a deletion, the platform's id of the
/// message if the caller named it so.</summary>
internal sealed record OutboundPayload(
    ChatPayload Chat, string? Text, TextFormat Format = default, string? ReplyTo = null, FilePayload[]? Attachments = null, string? Emoji = null,
    string? MessageId = null, bool Silent = false, bool NoLinkPreview = false)
{
    public static OutboundPayload From(Chat chat, Reply r) => new(
        ChatPayload.From(chat), r.Text, r.Format, r.ReplyTo,
        r.Attachments.Count == 0 ? null : [.. r.Attachments.Select(static a => new FilePayload(a.Path, a.Kind, a.Name, a.ContentType))],
        Silent: r.Silent, NoLinkPreview: !r.LinkPreview);

    public string FullText => Text ?? "";

    public IReadOnlyList<FilePayload> Files => Attachments ?? [];

    /// <summary>Returns the message of one attempt: some of the files, one piece of the text. Each attempt with another start has a key of its own,
    /// because the platform may know the first one.</summary>
    /// <param name="key">The row's key.</param>
    /// <param name="start">Length of the part that has arrived: files first, then the text.</param>
    /// <param name="files">The files to send.</param>
    /// <param name="text">The text to send.</param>
    public OutboundMessage ToMessage(string key, int start, IEnumerable<FilePayload> files, string text, int attempt, DateTimeOffset? deadline) => new(
        start == 0 ? key : $"{key}.r{start}", Chat.ToChat(), text)
    {
        Attempt = attempt,
        Format = Format,
        Silent = Silent,
        LinkPreview = !NoLinkPreview,
        ReplyTo = start == 0 ? ReplyTo : null,
        Attachments = [.. files.Select(static a => new OutboundAttachment(a.Path, a.Kind) { Name = a.Name, ContentType = a.ContentType })],
        Deadline = deadline,
    };
}

[JsonSerializable(typeof(InboundPayload))]
[JsonSerializable(typeof(OutboundPayload))]
internal sealed partial class PayloadJson : JsonSerializerContext;
