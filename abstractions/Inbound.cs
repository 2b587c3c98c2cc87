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

    /// <summary>Message that this one answers, as far as the event reports it, or null.</summary>
    public Quote? Quote { get; init; }

    /// <summary>Origin of a forwarded message, or null: the message is the sender's own.</summary>
    public ForwardOrigin? ForwardedFrom { get; init; }

    /// <summary>Platform's id of the album of which this message is one part, or null.</summary>
    public string? GroupId { get; init => field = Ensure.OptionalToken(value, nameof(GroupId)); }

    /// <summary>Command that the platform itself reports as given to the bot, or null. A text that only looks like a command is none.</summary>
    public InvokedCommand? Command { get; init; }

    /// <summary>Mentions of people in the text, in its order.</summary>
    public IReadOnlyList<Mention> Mentions { get; init => field = Ensure.List(value); } = [];

    /// <summary>Place that the message shows, or null.</summary>
    public Location? Location { get; init; }

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
