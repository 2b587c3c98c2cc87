using System.Text.Json;
using System.Text.Json.Serialization;
using PluginGateway.Serialization;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Store;

/// <summary>Messages as JSON in the database. Separate types, because the contract's records refuse values that an older or newer version may have
/// left out.</summary>
internal static class Payloads
{
    /// <param name="inbound">The event.</param>
    /// <param name="isUnaddressed">True: it is heard only with another message of its turn, which is for the bot.</param>
    public static byte[] Write(InboundEvent inbound, bool isUnaddressed = false) => Write(InboundPayload.From(inbound, isUnaddressed));

    public static byte[] Write(InboundPayload payload) => JsonText.LineBytes(payload, PayloadJson.Default.InboundPayload);

    public static byte[] Write(Chat chat, Reply reply) => Write(OutboundPayload.From(chat, reply));

    public static byte[] Write(OutboundPayload payload) => JsonText.LineBytes(payload, PayloadJson.Default.OutboundPayload);

    /// <exception cref="JsonException">The payload is no event of this store.</exception>
    /// <exception cref="ArgumentException">The contract's records refuse the event.</exception>
    public static InboundEvent ReadInbound(byte[] payload) =>
        ReadInboundPayload(payload).ToEvent();

    /// <exception cref="JsonException">The payload is no event of this store.</exception>
    public static InboundPayload ReadInboundPayload(byte[] payload) =>
        JsonSerializer.Deserialize(payload, PayloadMetadata.Default.InboundPayload) ?? throw new JsonException("The payload is null.");

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
        JsonSerializer.Deserialize(payload, PayloadMetadata.Default.OutboundPayload) ?? throw new JsonException("The payload is null.");

    /// <summary>Returns true for the same message, whatever is known of the kind of its chat: a program that repeats a request may have learnt
    /// it.</summary>
    public static bool AreSame(byte[] one, byte[] other) =>
        one.AsSpan().SequenceEqual(other)
        || (TryRead(one, ReadOutbound) is { } first && TryRead(other, ReadOutbound) is { } second
            && (first.Chat.Kind is null || second.Chat.Kind is null) && WithoutKind(first).AsSpan().SequenceEqual(WithoutKind(second)));

    /// <summary>Reads the destination of an outbound message.</summary>
    public static Chat ReadChat(byte[] payload) => ReadOutbound(payload).Chat.ToChat();

    private static byte[] WithoutKind(OutboundPayload payload) => Write(payload with { Chat = payload.Chat with { Kind = null } });

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

/// <summary>A file in the media folder. <paramref name="Path"/>: its name in that folder, so that the data directory may be moved;
/// <paramref name="Kind"/>: the name of an <see cref="AttachmentKind"/>, unknown ones are files.</summary>
internal sealed record FilePayload(string Path, string? Kind, string? Name, string? ContentType, long Size = 0)
{
    public OutboundAttachment ToAttachment() => new(Path, EnumNames.Parse<AttachmentKind>(Kind) ?? AttachmentKind.File)
    {
        Name = Name,
        ContentType = ContentType,
    };
}

/// <summary>Payload of a row of the outbox. An edit has its new text here, a reaction its emoji; both, and a deletion, the platform's id of the
/// message if the caller named it so. <paramref name="Format"/>: the name of a <see cref="TextFormat"/>; null: plain.</summary>
internal sealed record OutboundPayload(
    ChatPayload Chat, string? Text, string? Format = null, string? ReplyTo = null, FilePayload[]? Attachments = null, string? Emoji = null,
    string? MessageId = null, bool Silent = false, bool NoLinkPreview = false, ButtonPayload[]? Buttons = null)
{
    public static OutboundPayload From(Chat chat, Reply r) => new(
        ChatPayload.From(chat), r.Text, NameOf(r.Format), r.ReplyTo,
        r.Attachments.Count == 0 ? null : [.. r.Attachments.Select(static a => new FilePayload(a.Path, a.Kind.Name(), a.Name, a.ContentType))],
        Silent: r.Silent, NoLinkPreview: !r.LinkPreview)
    {
        VisibleTo = r.VisibleTo is { } person ? SenderPayload.From(person) : null,
        Location = r.Location is { } location ? LocationPayload.From(location) : null,
        Extras = r.Extras.Count == 0 ? null : new(r.Extras),
    };

    /// <summary>The only person who may see the message; null: everyone in the chat.</summary>
    public SenderPayload? VisibleTo { get; init; }

    public LocationPayload? Location { get; init; }

    /// <summary>Options of platforms, with the platform before a dot.</summary>
    public Dictionary<string, string>? Extras { get; init; }

    /// <summary>Sentence about what the platform lacks, once the message has the form of an adapter; not stored with it.</summary>
    [JsonIgnore]
    public string? Note { get; init; }

    [JsonIgnore]
    public string FullText => Text ?? "";

    [JsonIgnore]
    public TextFormat TextFormat => EnumNames.Parse<TextFormat>(Format) ?? TextFormat.Plain;

    [JsonIgnore]
    public IReadOnlyList<FilePayload> Files => Attachments ?? [];

    public static string? NameOf(TextFormat format) => format == TextFormat.Plain ? null : format.Name();

    /// <summary>Returns the message of one attempt: some of the files, one piece of the text.</summary>
    /// <param name="key">The key of the part.</param>
    /// <param name="isFirst">True for the first part, which answers the quoted message.</param>
    /// <param name="files">The files to send.</param>
    /// <param name="text">The text to send.</param>
    /// <param name="isLast">True for the last part, which has the buttons.</param>
    public OutboundMessage ToMessage(string key, bool isFirst, IEnumerable<FilePayload> files, string text, bool isLast) => new(
        key, Chat.ToChat(), text)
    {
        Format = TextFormat,
        Silent = Silent,
        LinkPreview = !NoLinkPreview,
        ReplyTo = isFirst ? ReplyTo : null,
        Attachments = [.. files.Select(static file => file.ToAttachment())],
        Buttons = isLast && Buttons is not null ? [.. Buttons.Select(static button => button.ToButton())] : [],
    };
}
