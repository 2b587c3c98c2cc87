namespace PluginGateway;

/// <summary>Event received from a platform: a new message, a new version of one, a deletion, a reaction, a change of the members of a chat. Only this
/// assembly derives from it; a kind that a handler has not declared never reaches it.</summary>
/// <remarks>The host discards an event whose text is over 1 MiB of UTF-8, or which is over 4 MiB in all (<c>tooLarge</c>). Lone surrogates and NUL
/// in the text become U+FFFD; in an id they make the event <c>invalid</c>. An event that is <c>tooLarge</c> or <c>invalid</c> is counted in
/// <c>status</c>, and named by a warning once in ten minutes.</remarks>
public abstract record InboundEvent
{
    private protected InboundEvent(string? eventId, Chat chat, Sender? sender)
    {
        Chat = chat;
        Sender = sender;
        EventId = eventId;
    }

    /// <summary>Platform's id of this event: the deduplication key. An edit and a reaction have ids of their own. Null only for
    /// <see cref="InboundClass.NonReplayable"/>; of another adapter <see cref="IInbox"/> refuses it with an exception.</summary>
    public string? EventId { get; init => field = Ensure.OptionalToken(value, "eventId"); }

    /// <summary>Chat of the event.</summary>
    public Chat Chat { get; init => field = Ensure.NotNull(value, "chat"); }

    /// <summary>Person or bot who caused the event, or null if the platform does not report who.</summary>
    public Sender? Sender { get; init; }

    /// <summary>Time of the event according to the platform, or null.</summary>
    public DateTimeOffset? PlatformTime { get; init; }

    /// <summary>Keys of <see cref="AdapterContext.State"/> to write in the same transaction, at most 64, with the limits of
    /// <see cref="IAdapterState"/>; over one of them <see cref="IInbox"/> refuses the event with an exception. They are written also for a duplicate
    /// and for a discarded event, so that a cursor always advances.</summary>
    /// <remarks>State never passes an event of the same generation that was refused before: until that event has come again, by its id, an event with
    /// state is refused as <c>outOfOrder</c>. For <see cref="InboundClass.NonReplayable"/> it is stored without its state.</remarks>
    public IReadOnlyDictionary<string, string> State { get; init => field = Ensure.Map(value); } = Ensure.Map([]);

    /// <summary>Ticket to answer this event on the platform (<see cref="IAnswerInteractions"/>, <see cref="OutboundMessage.Ticket"/>), or
    /// null.</summary>
    public Ticket? Ticket { get; init; }

    /// <summary>Further facts of the platform for handlers, by name.</summary>
    public IReadOnlyDictionary<string, string> Extras { get; init => field = Ensure.Map(value); } = Ensure.Map([]);
}

/// <summary>Event with the content of a message: a new message or a new version of one.</summary>
public abstract record ContentEvent : InboundEvent
{
    private protected ContentEvent(string? eventId, Chat chat, Sender sender, string text)
        : base(eventId, chat, Ensure.NotNull(sender, "sender"))
    {
        Text = text;
    }

    /// <summary>Author of the message.</summary>
    public new Sender Sender { get => base.Sender!; init => base.Sender = Ensure.NotNull(value, "sender"); }

    /// <summary>Text of the message; empty if it has attachments only.</summary>
    public string Text { get; init => field = Ensure.NotNull(value, "text"); }

    /// <summary>Format of the text: Markdown where the platform's people write it, or where the adapter has converted the platform's formatting to
    /// it.</summary>
    public TextFormat Format { get; init => field = Ensure.Defined(value, nameof(Format)); }

    /// <summary>Platform's id of the message itself, for answers, reactions, edits and deletions. The message and all its edits have the same id,
    /// while <see cref="InboundEvent.EventId"/> differs. Null: the platform has no such id.</summary>
    public string? MessageId { get; init => field = Ensure.OptionalToken(value, nameof(MessageId)); }

    /// <summary>Attachments, by reference: the host fetches them on request.</summary>
    public IReadOnlyList<Attachment> Attachments { get; init => field = Ensure.List(value); } = [];

    /// <summary>Mentions of people in the text, in its order.</summary>
    public IReadOnlyList<Mention> Mentions { get; init => field = Ensure.List(value); } = [];

    /// <summary>Place that the message shows, or null.</summary>
    public Location? Location { get; init; }

    /// <summary>Address flag: true if the message mentions the bot, replies to a message of the bot, or is a command that the platform gives to the
    /// bot. It matters in groups and channels only: the operator may admit only such messages there, and an adapter that never sets the flag then
    /// receives none.</summary>
    public bool MentionsBot { get; init; }
}

/// <summary>New message.</summary>
public sealed record InboundMessage : ContentEvent
{
    /// <summary>Creates an inbound message.</summary>
    /// <param name="eventId">The platform's id of this event: the deduplication key. Null only for <see cref="InboundClass.NonReplayable"/>.</param>
    /// <param name="chat">The chat.</param>
    /// <param name="sender">The author.</param>
    /// <param name="text">The text; empty if the message has attachments only.</param>
    /// <exception cref="ArgumentException">The event id is empty, has more than 512 characters or has control characters, or a required argument is
    /// null.</exception>
    public InboundMessage(string? eventId, Chat chat, Sender sender, string text)
        : base(eventId, chat, sender, text)
    {
    }

    /// <summary>Message that this one answers, as far as the event reports it, or null.</summary>
    public Quote? Quote { get; init; }

    /// <summary>Origin of a forwarded message, or null: the message is the sender's own.</summary>
    public ForwardOrigin? ForwardedFrom { get; init; }

    /// <summary>Platform's id of the album of which this message is one part, or null.</summary>
    public string? GroupId { get; init => field = Ensure.OptionalToken(value, nameof(GroupId)); }

    /// <summary>Command that the platform itself reports as given to the bot, or null. A text that only looks like a command is none.</summary>
    public InvokedCommand? Command { get; init; }

    /// <summary>History flag: true for a message that the platform plays back at a join or at the begin of a connection, without a request of the
    /// adapter. It is discarded as <c>history</c> and counted: whoever wrote it has had an answer, or none. Messages that the adapter fetches because
    /// it has missed them are new.</summary>
    public bool IsHistory { get; init; }

    /// <summary>Split flag: true for a part of a text that the sender's client has split because it was too long; the next message of the turn goes on
    /// where this one ends. Set by the host (<see cref="ChannelAdapterAttribute.ClientSplitLength"/>): a value that an adapter gives is not
    /// kept.</summary>
    public bool IsSplit { get; init; }

    /// <summary>Pressed button, where the message stands for a press: for a handler that has not declared
    /// <see cref="EventKinds.ButtonPressed"/>. Set by the host: a value that an adapter gives is not kept.</summary>
    public PressedButton? Button { get; init; }
}

/// <summary>New version of an earlier message, with its whole new content.</summary>
/// <remarks>An edit by the author of a message whose turn has not begun replaces the content of that message, whether or not the handler has declared
/// <see cref="EventKinds.MessageEdited"/>: the handler receives the message with its new content, and no edit.</remarks>
public sealed record MessageEdited : ContentEvent
{
    /// <summary>Creates the event of an edit.</summary>
    /// <param name="eventId">The platform's id of this event: the deduplication key, another for each edit.</param>
    /// <param name="chat">The chat.</param>
    /// <param name="sender">The author.</param>
    /// <param name="messageId">The platform's id of the message.</param>
    /// <param name="text">The new text; empty if the message has attachments only.</param>
    /// <exception cref="ArgumentException">An id is empty, has more than 512 characters or has control characters, or a required argument is
    /// null.</exception>
    public MessageEdited(string? eventId, Chat chat, Sender sender, string? messageId, string text)
        : base(eventId, chat, sender, text)
    {
        MessageId = messageId;
    }
}

/// <summary>Deletion of messages, by their author or somebody else. <see cref="InboundEvent.Sender"/>: who deleted them, where the platform reports
/// it.</summary>
/// <remarks>Without a sender, and in a group in which only messages to the bot are admitted, the event is admitted where the bot has sent a message
/// within the last seven days. A deletion of a message whose turn has not begun drops it, whoever has deleted it and whether or not the handler has
/// declared <see cref="EventKinds.MessageDeleted"/>: the handler receives neither, unless the deletion names other messages too.</remarks>
public sealed record MessageDeleted : InboundEvent
{
    /// <summary>Creates the event of a deletion.</summary>
    /// <param name="eventId">The platform's id of this event: the deduplication key.</param>
    /// <param name="chat">The chat.</param>
    /// <param name="sender">Who deleted the messages, or null.</param>
    /// <param name="messageIds">The platform's ids of the messages, one at least.</param>
    /// <exception cref="ArgumentException">An id is empty, has more than 512 characters or has control characters, or there is none.</exception>
    public MessageDeleted(string? eventId, Chat chat, Sender? sender, IEnumerable<string> messageIds)
        : base(eventId, chat, sender)
    {
        MessageIds = [.. messageIds];
    }

    /// <summary>Platform's ids of the deleted messages, one at least.</summary>
    public IReadOnlyList<string> MessageIds { get; init => field = Ensure.Tokens(value, "messageIds"); }
}

/// <summary>Change of the reactions to a message. <see cref="InboundEvent.Sender"/>: who reacted; null where the platform reports only that somebody
/// did. Neither added nor removed ones: the sender's reactions are gone, and the platform does not report which they were (WhatsApp).</summary>
/// <remarks>Without a sender, and in a group in which only messages to the bot are admitted, only reactions to messages that the bot has sent within
/// the last seven days are admitted.</remarks>
public sealed record ReactionChanged : InboundEvent
{
    /// <summary>Creates the event of a reaction.</summary>
    /// <param name="eventId">The platform's id of this event: the deduplication key.</param>
    /// <param name="chat">The chat.</param>
    /// <param name="sender">Who reacted, or null.</param>
    /// <param name="messageId">The platform's id of the message.</param>
    /// <exception cref="ArgumentException">An id is empty, has more than 512 characters or has control characters, or a required argument is
    /// null.</exception>
    public ReactionChanged(string? eventId, Chat chat, Sender? sender, string messageId)
        : base(eventId, chat, sender)
    {
        MessageId = messageId;
    }

    /// <summary>Platform's id of the message.</summary>
    public string MessageId { get; init => field = Ensure.Token(value, "messageId"); }

    /// <summary>Reference to the message, if the gateway has sent it within the last seven days; otherwise null. Set by the host: a value that an
    /// adapter gives is not kept.</summary>
    public MessageTarget? Target { get; init; }

    /// <summary>Reactions that were added.</summary>
    public IReadOnlyList<ReactionEmoji> Added { get; init => field = Ensure.List(value); } = [];

    /// <summary>Reactions that were removed.</summary>
    public IReadOnlyList<ReactionEmoji> Removed { get; init => field = Ensure.List(value); } = [];
}

/// <summary>Change of the members of a chat: of people, or of the bot itself. <see cref="InboundEvent.Sender"/>: who made the change, or
/// null.</summary>
public sealed record MembersChanged : InboundEvent
{
    /// <summary>Creates the event of a change of members.</summary>
    /// <param name="eventId">The platform's id of this event: the deduplication key.</param>
    /// <param name="chat">The chat.</param>
    /// <param name="sender">Who made the change, or null.</param>
    /// <param name="change">The change.</param>
    /// <exception cref="ArgumentException">The event id is empty, has more than 512 characters or has control characters, or a required argument is
    /// null.</exception>
    public MembersChanged(string? eventId, Chat chat, Sender? sender, MemberChange change)
        : base(eventId, chat, sender)
    {
        Change = change;
    }

    /// <summary>Kind of the change.</summary>
    public MemberChange Change { get; init => field = Ensure.Defined(value, "change"); }

    /// <summary>People who joined or left; empty for a change of the bot itself.</summary>
    public IReadOnlyList<Sender> Members { get; init => field = Ensure.List(value); } = [];
}

/// <summary>Kinds of a change of members.</summary>
public enum MemberChange
{
    /// <summary>People have joined the chat.</summary>
    Joined,

    /// <summary>People have left the chat, or were removed.</summary>
    Left,

    /// <summary>The bot was added to the chat, or unblocked in a direct chat. If the sender is a paired user, it opens a closed group.</summary>
    BotAdded,

    /// <summary>The bot was removed from the chat.</summary>
    BotRemoved,

    /// <summary>The person of a direct chat has blocked the bot: nothing can be sent there until <see cref="BotAdded"/> reports that it is
    /// unblocked.</summary>
    BotBlocked,
}

/// <summary>Kinds of events beside new messages, which every handler receives.</summary>
[Flags]
public enum EventKinds
{
    /// <summary>New messages only.</summary>
    None = 0,

    /// <summary>Edits: <see cref="PluginGateway.MessageEdited"/>.</summary>
    MessageEdited = 1,

    /// <summary>Deletions: <see cref="PluginGateway.MessageDeleted"/>.</summary>
    MessageDeleted = 2,

    /// <summary>Reactions: <see cref="PluginGateway.ReactionChanged"/>.</summary>
    ReactionChanged = 4,

    /// <summary>Changes of members: <see cref="PluginGateway.MembersChanged"/>.</summary>
    MembersChanged = 8,

    /// <summary>Presses: <see cref="PluginGateway.ButtonPressed"/>. A handler that has not declared them gets each as a message.</summary>
    ButtonPressed = 16,

    /// <summary>Every kind that this version of the contract has.</summary>
    All = MessageEdited | MessageDeleted | ReactionChanged | MembersChanged | ButtonPressed,
}
