namespace PluginGateway;

/// <summary>Inbox for messages that an adapter received.</summary>
public interface IInbox
{
    /// <summary>Stores one message. Completes when the message is durable, or refused.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Cancels the wait; the message may still be stored, and a second delivery with the same event id is then a
    /// duplicate.</param>
    /// <returns>The outcome. Acknowledge to the platform, or advance the cursor, only if <see cref="Acceptance.Acknowledge"/>.</returns>
    /// <remarks>Any thread, concurrently. Messages of one chat are handled in the order of the calls. Also pass messages of strangers, other bots and
    /// the bot itself: the operator's rules decide who may write, and the host counts the refused messages.</remarks>
    Task<Acceptance> AcceptAsync(InboundMessage message, CancellationToken cancellationToken);
}

/// <summary>Outcome of storing a received message.</summary>
public sealed record Acceptance
{
    /// <summary>Outcome: stored durably. Acknowledge.</summary>
    public static Acceptance Stored { get; } = new(AcceptanceKind.Stored, null);

    /// <summary>Outcome: duplicate, the event id was accepted before. Acknowledge.</summary>
    public static Acceptance Duplicate { get; } = new(AcceptanceKind.Duplicate, null);

    /// <summary>Outcome: this generation has been replaced. Stop, and do not acknowledge.</summary>
    public static Acceptance Retired { get; } = new(AcceptanceKind.Retired, null);

    private Acceptance(AcceptanceKind kind, string? reason)
    {
        Kind = kind;
        Reason = reason;
    }

    /// <summary>Kind of the outcome.</summary>
    public AcceptanceKind Kind { get; }

    /// <summary>Reason of a discard (<c>notAllowed</c>, <c>tooLarge</c>, <c>invalid</c>, <c>ownMessage</c>) or a refusal (<c>stopping</c>,
    /// <c>full</c>); otherwise null.</summary>
    public string? Reason { get; }

    /// <summary>Acknowledgement: true if the adapter shall acknowledge the message to the platform.</summary>
    public bool Acknowledge => Kind is AcceptanceKind.Stored or AcceptanceKind.Duplicate or AcceptanceKind.Discarded;

    /// <summary>Outcome: discarded for good. Acknowledge, so that the platform does not deliver it again.</summary>
    /// <param name="reason">The reason, a short code.</param>
    /// <returns>The outcome.</returns>
    public static Acceptance Discarded(string reason) => new(AcceptanceKind.Discarded, Ensure.Token(reason, nameof(reason)));

    /// <summary>Outcome: refused for now. Do not acknowledge; the platform keeps the message.</summary>
    /// <param name="reason">The reason, a short code.</param>
    /// <returns>The outcome.</returns>
    public static Acceptance Refused(string reason) => new(AcceptanceKind.Refused, Ensure.Token(reason, nameof(reason)));
}

/// <summary>Kinds of <see cref="Acceptance"/>.</summary>
public enum AcceptanceKind
{
    /// <summary>Stored durably.</summary>
    Stored,

    /// <summary>Duplicate of an accepted message.</summary>
    Duplicate,

    /// <summary>Discarded for good.</summary>
    Discarded,

    /// <summary>Refused for now.</summary>
    Refused,

    /// <summary>Not stored: this generation has been replaced.</summary>
    Retired,
}

/// <summary>Message received from a platform.</summary>
/// <remarks>The host discards a message whose text is over 1 MiB of UTF-8, or which is over 4 MiB in all (<c>tooLarge</c>). Lone surrogates and NUL
/// in the text become U+FFFD; in an id they make the message <c>invalid</c>.</remarks>
public sealed record InboundMessage
{
    /// <summary>Creates an inbound message.</summary>
    /// <param name="eventId">The platform's id of this event: the deduplication key. An edit has an id of its own. Null only for
    /// <see cref="InboundClass.NonReplayable"/>.</param>
    /// <param name="chat">The chat.</param>
    /// <param name="sender">The author.</param>
    /// <param name="text">The text; empty if the message has attachments only.</param>
    /// <exception cref="ArgumentException">The event id is empty, has more than 512 characters or has control characters, or a required argument is
    /// null.</exception>
    public InboundMessage(string? eventId, Chat chat, Sender sender, string text)
    {
        Chat = chat;
        Sender = sender;
        Text = text;
        EventId = eventId;
    }

    /// <summary>Platform's id of this event: the deduplication key.</summary>
    public string? EventId { get; init => field = Ensure.OptionalToken(value, "eventId"); }

    /// <summary>Chat of the message.</summary>
    public Chat Chat { get; init => field = Ensure.NotNull(value, "chat"); }

    /// <summary>Author of the message.</summary>
    public Sender Sender { get; init => field = Ensure.NotNull(value, "sender"); }

    /// <summary>Text of the message.</summary>
    public string Text { get; init => field = Ensure.NotNull(value, "text"); }

    /// <summary>Platform's id of the message itself, for answers, reactions, edits and deletions. The message and all its edits have the same id,
    /// while <see cref="EventId"/> differs. Null: the platform has no such id.</summary>
    public string? MessageId { get; init => field = Ensure.OptionalToken(value, nameof(MessageId)); }

    /// <summary>Attachments, by reference: the host fetches them on request.</summary>
    public IReadOnlyList<Attachment> Attachments { get; init => field = Ensure.List(value); } = [];

    /// <summary>Platform's id of the message that this one answers, or null.</summary>
    public string? ReplyTo { get; init => field = Ensure.OptionalToken(value, nameof(ReplyTo)); }

    /// <summary>Time of the message according to the platform, or null.</summary>
    public DateTimeOffset? PlatformTime { get; init; }

    /// <summary>Edit flag: true for a new version of an earlier message.</summary>
    public bool IsEdit { get; init; }

    /// <summary>Address flag: true if the message mentions the bot, replies to a message of the bot, or is a command that the platform gives to the
    /// bot. It matters in groups and channels only: the operator may admit only such messages there, and an adapter that never sets the flag then
    /// receives none.</summary>
    public bool MentionsBot { get; init; }

    /// <summary>Membership flag: true if this is no message but the platform's report that the sender has added the bot to this group or channel. It
    /// is not stored and never answered. If the sender is a paired user, it opens a closed group.</summary>
    public bool AddsBot { get; init; }

    /// <summary>Keys of <see cref="AdapterContext.State"/> to write in the same transaction, at most 64. They are written also for a duplicate and
    /// for a discarded message, so that a cursor always advances.</summary>
    public IReadOnlyDictionary<string, string> State { get; init => field = Ensure.Map(value); } = Ensure.Map([]);

    /// <summary>Further facts of the platform for handlers, by name.</summary>
    public IReadOnlyDictionary<string, string> Extras { get; init => field = Ensure.Map(value); } = Ensure.Map([]);
}

/// <summary>Chat: a direct conversation, a group or a channel.</summary>
public sealed record Chat
{
    /// <summary>Creates a reference to a chat.</summary>
    /// <param name="id">The platform's id.</param>
    /// <param name="kind">The kind of the chat.</param>
    /// <param name="thread">The platform's id of a thread or topic in the chat, or null.</param>
    /// <exception cref="ArgumentException">An id is empty, has more than 512 characters or has control characters.</exception>
    public Chat(string id, ChatKind kind, string? thread = null)
    {
        Id = id;
        Kind = kind;
        Thread = thread;
    }

    /// <summary>Platform's id.</summary>
    public string Id { get; init => field = Ensure.Token(value, "id"); }

    /// <summary>Kind of the chat.</summary>
    public ChatKind Kind { get; init => field = Ensure.Defined(value, "kind"); }

    /// <summary>Platform's id of a thread or topic in the chat, or null.</summary>
    public string? Thread { get; init => field = Ensure.OptionalToken(value, "thread"); }
}

/// <summary>Kinds of chat.</summary>
public enum ChatKind
{
    /// <summary>Direct chat between one person and the bot.</summary>
    Direct,

    /// <summary>Group chat.</summary>
    Group,

    /// <summary>Public or broadcast channel.</summary>
    Channel,
}

/// <summary>Author of a message.</summary>
public sealed record Sender
{
    /// <summary>Creates a sender.</summary>
    /// <param name="id">The platform's id.</param>
    /// <param name="name">The displayed name, or null.</param>
    /// <param name="isBot">True for a bot, also for this one.</param>
    /// <exception cref="ArgumentException"><paramref name="id"/> is empty, has more than 512 characters or has control characters.</exception>
    public Sender(string id, string? name = null, bool isBot = false)
    {
        Id = id;
        Name = name;
        IsBot = isBot;
    }

    /// <summary>Platform's id.</summary>
    public string Id { get; init => field = Ensure.Token(value, "id"); }

    /// <summary>Displayed name, or null.</summary>
    public string? Name { get; init; }

    /// <summary>Bot flag: true for a bot.</summary>
    public bool IsBot { get; init; }

    /// <summary>Own-account flag: true if the adapter's own account is the author. Pass such a message like any other: the host discards it as
    /// <c>ownMessage</c> and counts it, so that the bot never answers itself.</summary>
    public bool IsSelf { get; init; }
}

/// <summary>Attachment of a received message, by reference.</summary>
public sealed record Attachment
{
    /// <summary>Creates a reference to an attachment.</summary>
    /// <param name="reference">The reference that <see cref="IFetchAttachments"/> needs to fetch the file. It is stored, so it must not contain a
    /// secret.</param>
    /// <param name="kind">The kind of the file.</param>
    /// <exception cref="ArgumentException"><paramref name="reference"/> is empty.</exception>
    public Attachment(string reference, AttachmentKind kind)
    {
        Reference = reference;
        Kind = kind;
    }

    /// <summary>Reference for <see cref="IFetchAttachments"/>.</summary>
    public string Reference { get; init => field = Ensure.Text(value, "reference"); }

    /// <summary>Kind of the file.</summary>
    public AttachmentKind Kind { get; init => field = Ensure.Defined(value, "kind"); }

    /// <summary>The file's name, or null.</summary>
    public string? Name { get; init; }

    /// <summary>Media type, or null.</summary>
    public string? ContentType { get; init; }

    /// <summary>Size in bytes, or null if the platform does not report it.</summary>
    public long? Size { get; init; }
}

/// <summary>Kinds of attachment.</summary>
public enum AttachmentKind
{
    /// <summary>File of any type.</summary>
    File,

    /// <summary>Picture.</summary>
    Image,

    /// <summary>Audio, also voice messages.</summary>
    Audio,

    /// <summary>Video.</summary>
    Video,
}

/// <summary>Request to fetch one attachment.</summary>
public sealed record AttachmentRequest
{
    /// <summary>Creates a request.</summary>
    /// <param name="attachment">The attachment.</param>
    /// <param name="path">The file to write; it does not exist yet.</param>
    /// <param name="maxBytes">The largest size to write, in bytes.</param>
    /// <exception cref="ArgumentException">The path is empty or the limit is not positive.</exception>
    public AttachmentRequest(Attachment attachment, string path, long maxBytes)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        Attachment = attachment;
        Path = Ensure.Text(path, nameof(path));
        MaxBytes = maxBytes;
    }

    /// <summary>Attachment to fetch.</summary>
    public Attachment Attachment { get; }

    /// <summary>File to write; it does not exist yet.</summary>
    public string Path { get; }

    /// <summary>Largest size to write, in bytes.</summary>
    public long MaxBytes { get; }
}

/// <summary>Size and media type of a fetched attachment.</summary>
/// <param name="Size">Written bytes.</param>
/// <param name="ContentType">Media type, or null.</param>
public sealed record FetchedAttachment(long Size, string? ContentType = null);
