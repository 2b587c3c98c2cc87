namespace PluginGateway;

/// <summary>Where an adapter hands over what it received.</summary>
public interface IInbox
{
    /// <summary>Hands over one message. Completes after the message is durable.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Gives up waiting; the message may still be stored, and a second delivery with the same event id is then a duplicate.</param>
    /// <returns>What became of it. Acknowledge to the platform, or advance your cursor, only if <see cref="Acceptance.Acknowledge"/>.</returns>
    /// <remarks>Any thread, concurrently. Messages of one chat are handled in the order in which their calls were made. Hand over also what strangers, other bots and the bot itself
    /// say: who may speak is the operator's choice, and what is turned away is counted.</remarks>
    Task<Acceptance> AcceptAsync(InboundMessage message, CancellationToken cancellationToken);
}

/// <summary>What became of an inbound message.</summary>
public sealed record Acceptance
{
    /// <summary>Stored durably: acknowledge.</summary>
    public static Acceptance Stored { get; } = new(AcceptanceKind.Stored, null);

    /// <summary>The event id was accepted before: acknowledge.</summary>
    public static Acceptance Duplicate { get; } = new(AcceptanceKind.Duplicate, null);

    /// <summary>This generation has been replaced: stop, acknowledge nothing.</summary>
    public static Acceptance Retired { get; } = new(AcceptanceKind.Retired, null);

    private Acceptance(AcceptanceKind kind, string? reason)
    {
        Kind = kind;
        Reason = reason;
    }

    /// <summary>The outcome.</summary>
    public AcceptanceKind Kind { get; }

    /// <summary>Why it was discarded (<c>notAllowed</c>, <c>tooLarge</c>, <c>invalid</c>, <c>ownMessage</c>) or refused (<c>stopping</c>, <c>full</c>); otherwise null.</summary>
    public string? Reason { get; }

    /// <summary>True: tell the platform that we have it.</summary>
    public bool Acknowledge => Kind is AcceptanceKind.Stored or AcceptanceKind.Duplicate or AcceptanceKind.Discarded;

    /// <summary>Will never be handled: acknowledge, so that it does not come again.</summary>
    /// <param name="reason">Why.</param>
    /// <returns>The outcome.</returns>
    public static Acceptance Discarded(string reason) => new(AcceptanceKind.Discarded, Ensure.Token(reason, nameof(reason)));

    /// <summary>Not now: do not acknowledge, the platform keeps it.</summary>
    /// <param name="reason">Why.</param>
    /// <returns>The outcome.</returns>
    public static Acceptance Refused(string reason) => new(AcceptanceKind.Refused, Ensure.Token(reason, nameof(reason)));
}

/// <summary>The kinds of <see cref="Acceptance"/>.</summary>
public enum AcceptanceKind
{
    /// <summary>Stored durably.</summary>
    Stored,

    /// <summary>Accepted before.</summary>
    Duplicate,

    /// <summary>Turned away for good.</summary>
    Discarded,

    /// <summary>Turned away for now.</summary>
    Refused,

    /// <summary>This generation has been replaced.</summary>
    Retired,
}

/// <summary>A message from a platform.</summary>
/// <remarks>Text over 1 MiB of UTF-8 is discarded and counted; lone surrogates and NUL become U+FFFD.</remarks>
public sealed record InboundMessage
{
    /// <summary>Creates an inbound message.</summary>
    /// <param name="eventId">The platform's id of this event, the key against duplicates; an edit has its own. Null only for <see cref="InboundClass.NonReplayable"/>.</param>
    /// <param name="chat">Where it was said.</param>
    /// <param name="sender">Who said it.</param>
    /// <param name="text">What was said; empty when there are only attachments.</param>
    /// <exception cref="ArgumentException">An id is empty or too long, or something required is null.</exception>
    public InboundMessage(string? eventId, Chat chat, Sender sender, string text)
    {
        ArgumentNullException.ThrowIfNull(chat);
        ArgumentNullException.ThrowIfNull(sender);
        ArgumentNullException.ThrowIfNull(text);
        EventId = Ensure.OptionalToken(eventId, nameof(eventId));
        Chat = chat;
        Sender = sender;
        Text = text;
    }

    /// <summary>The platform's id of this event.</summary>
    public string? EventId { get; }

    /// <summary>Where it was said.</summary>
    public Chat Chat { get; }

    /// <summary>Who said it.</summary>
    public Sender Sender { get; }

    /// <summary>What was said.</summary>
    public string Text { get; }

    /// <summary>The platform's id of the message itself, by which it can be answered, reacted to, edited or deleted: the same for the message and for every edit of it, where
    /// <see cref="EventId"/> differs. Null: nobody can refer to it.</summary>
    public string? MessageId { get; init => field = Ensure.OptionalToken(value, nameof(MessageId)); }

    /// <summary>Attachments, by reference: the host fetches them when somebody asks.</summary>
    public IReadOnlyList<Attachment> Attachments { get; init => field = Ensure.List(value); } = [];

    /// <summary>The platform's id of the message this one answers.</summary>
    public string? ReplyTo { get; init => field = Ensure.OptionalToken(value, nameof(ReplyTo)); }

    /// <summary>When the platform says it was said.</summary>
    public DateTimeOffset? PlatformTime { get; init; }

    /// <summary>True: a new version of an earlier message.</summary>
    public bool IsEdit { get; init; }

    /// <summary>True: it was said to the bot: it names the bot, answers a message of the bot, or is a command that the platform hands to the bot. Means something in groups and
    /// channels only, where the operator may let in nothing else: an adapter that never sets it is silent in them then.</summary>
    public bool MentionsBot { get; init; }

    /// <summary>True: nobody said anything; the sender has added the bot to this group or channel, as the platform reports it. It is not stored and never answered. Where the operator lets groups be let
    /// in by people who are paired, one of them does so by adding the bot.</summary>
    public bool AddsBot { get; init; }

    /// <summary>Keys of <see cref="AdapterContext.State"/> to write in the same transaction, also when the message is a duplicate; without the
    /// message when it is discarded, so that a cursor never stands still. At most 64.</summary>
    public IReadOnlyDictionary<string, string> State { get; init => field = Ensure.Map(value); } = Ensure.Map([]);

    /// <summary>Whatever else a handler may want to know.</summary>
    public IReadOnlyDictionary<string, string> Extras { get; init => field = Ensure.Map(value); } = Ensure.Map([]);
}

/// <summary>A place where people talk.</summary>
public sealed record Chat
{
    /// <summary>Creates a reference to a chat.</summary>
    /// <param name="id">The platform's id.</param>
    /// <param name="kind">What kind of place it is.</param>
    /// <param name="thread">The platform's id of a thread or topic in it, or null.</param>
    /// <exception cref="ArgumentException">An id is empty, too long or has control characters.</exception>
    public Chat(string id, ChatKind kind, string? thread = null)
    {
        Id = Ensure.Token(id, nameof(id));
        Kind = Ensure.Defined(kind, nameof(kind));
        Thread = Ensure.OptionalToken(thread, nameof(thread));
    }

    /// <summary>The platform's id.</summary>
    public string Id { get; }

    /// <summary>What kind of place it is.</summary>
    public ChatKind Kind { get; }

    /// <summary>A thread or topic in it, or null.</summary>
    public string? Thread { get; }
}

/// <summary>Kinds of chat.</summary>
public enum ChatKind
{
    /// <summary>Between one person and the bot.</summary>
    Direct,

    /// <summary>A group of people.</summary>
    Group,

    /// <summary>A public or broadcast channel.</summary>
    Channel,
}

/// <summary>Who wrote a message.</summary>
public sealed record Sender
{
    /// <summary>Creates a sender.</summary>
    /// <param name="id">The platform's id.</param>
    /// <param name="name">The name shown, or null.</param>
    /// <param name="isBot">True for a bot, ourselves included.</param>
    /// <exception cref="ArgumentException"><paramref name="id"/> is empty, too long or has control characters.</exception>
    public Sender(string id, string? name = null, bool isBot = false)
    {
        Id = Ensure.Token(id, nameof(id));
        Name = name;
        IsBot = isBot;
    }

    /// <summary>The platform's id.</summary>
    public string Id { get; }

    /// <summary>The name shown, or null.</summary>
    public string? Name { get; }

    /// <summary>True for a bot.</summary>
    public bool IsBot { get; }

    /// <summary>True: the adapter's own account said it. Hand it over like any other message: the host discards it as <c>ownMessage</c> and counts it, so that the bot never
    /// answers itself.</summary>
    public bool IsSelf { get; init; }
}

/// <summary>An attachment of an inbound message, by reference.</summary>
public sealed record Attachment
{
    /// <summary>Creates a reference to an attachment.</summary>
    /// <param name="reference">What <see cref="IFetchAttachments"/> needs to fetch it. No secret: it is stored.</param>
    /// <param name="kind">What it is.</param>
    /// <exception cref="ArgumentException"><paramref name="reference"/> is empty.</exception>
    public Attachment(string reference, AttachmentKind kind)
    {
        Reference = Ensure.Text(reference, nameof(reference));
        Kind = Ensure.Defined(kind, nameof(kind));
    }

    /// <summary>What is needed to fetch it.</summary>
    public string Reference { get; }

    /// <summary>What it is.</summary>
    public AttachmentKind Kind { get; }

    /// <summary>The file's name, or null.</summary>
    public string? Name { get; init; }

    /// <summary>The media type, or null.</summary>
    public string? ContentType { get; init; }

    /// <summary>The size in bytes, or null when the platform does not say.</summary>
    public long? Size { get; init; }
}

/// <summary>Kinds of attachment.</summary>
public enum AttachmentKind
{
    /// <summary>Any file.</summary>
    File,

    /// <summary>A picture.</summary>
    Image,

    /// <summary>Sound, voice messages included.</summary>
    Audio,

    /// <summary>Moving pictures.</summary>
    Video,
}

/// <summary>A request to fetch one attachment.</summary>
public sealed record AttachmentRequest
{
    /// <summary>Creates a request.</summary>
    /// <param name="attachment">Which attachment.</param>
    /// <param name="path">The file to write; it does not exist yet.</param>
    /// <param name="maxBytes">The most to write.</param>
    /// <exception cref="ArgumentException">The path is empty or the limit is not positive.</exception>
    public AttachmentRequest(Attachment attachment, string path, long maxBytes)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        Attachment = attachment;
        Path = Ensure.Text(path, nameof(path));
        MaxBytes = maxBytes;
    }

    /// <summary>Which attachment.</summary>
    public Attachment Attachment { get; }

    /// <summary>The file to write.</summary>
    public string Path { get; }

    /// <summary>The most to write, in bytes.</summary>
    public long MaxBytes { get; }
}

/// <summary>What was fetched.</summary>
/// <param name="Size">Bytes written.</param>
/// <param name="ContentType">The media type, or null.</param>
public sealed record FetchedAttachment(long Size, string? ContentType = null);
