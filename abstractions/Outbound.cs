namespace PluginGateway;

/// <summary>Message to send to a platform.</summary>
public sealed record OutboundMessage
{
    /// <summary>Creates an outbound message.</summary>
    /// <param name="key">The idempotency key: at most 64 characters of <c>A-Z a-z 0-9 . _ -</c>, the same at every attempt and after
    /// restarts.</param>
    /// <param name="chat">The chat.</param>
    /// <param name="text">The text, within <see cref="ChannelAdapterAttribute.MaxTextLength"/>.</param>
    /// <exception cref="ArgumentException">The key is empty, has more than 512 characters or has control characters, or a required argument is
    /// null.</exception>
    public OutboundMessage(string key, Chat chat, string text)
    {
        Chat = chat;
        Text = text;
        Key = key;
    }

    /// <summary>Idempotency key: the same at every attempt and after restarts.</summary>
    public string Key { get; init => field = Ensure.Token(value, "key"); }

    /// <summary>Chat to send to.</summary>
    public Chat Chat { get; init => field = Ensure.NotNull(value, "chat"); }

    /// <summary>Text to send.</summary>
    public string Text { get; init => field = Ensure.NotNull(value, "text"); }

    /// <summary>Number of the attempt, from 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Format of the text.</summary>
    public TextFormat Format { get; init => field = Ensure.Defined(value, nameof(Format)); }

    /// <summary>Files to send with the text, at most <see cref="ChannelAdapterAttribute.MaxAttachments"/>. The text is their caption and may be
    /// empty.</summary>
    public IReadOnlyList<OutboundAttachment> Attachments { get; init => field = Ensure.List(value); } = [];

    /// <summary>Platform's id of the message to answer, or null.</summary>
    public string? ReplyTo { get; init => field = Ensure.OptionalToken(value, nameof(ReplyTo)); }

    /// <summary>Silent delivery: true if the platform shall not notify people by sound. A platform without such messages delivers it as any
    /// other.</summary>
    public bool Silent { get; init; }

    /// <summary>Preview of links in the text: false if the platform shall show none, where it can.</summary>
    public bool LinkPreview { get; init; } = true;

    /// <summary>The only person who may see the message, or null: everyone in the chat. With <see cref="PrivateDelivery.DirectChat"/> the
    /// <see cref="Chat"/> has the id of this person; an adapter refuses the message if that is the id of no person. With
    /// <see cref="PrivateDelivery.Native"/> it is the chat in which the person sees the message. Other adapters get no such message.</summary>
    public Sender? VisibleTo { get; init; }

    /// <summary>Place to send, or null. A message with a place has neither text nor files: the host sends those before it. Only for an adapter with
    /// <see cref="MessageFeatures.Location"/>.</summary>
    public Location? Location { get; init; }

    /// <summary>Platform's own options of the message by name: some of <see cref="ChannelAdapterAttribute.Extras"/>. A value that the platform does
    /// not take is <see cref="SendErrorKind.InvalidMessage"/>.</summary>
    public IReadOnlyDictionary<string, string> Extras { get; init => field = Ensure.Map(value); } = Ensure.Map([]);

    /// <summary>Buttons to show beneath the text, at most <see cref="ChannelAdapterAttribute.MaxButtons"/>.</summary>
    public IReadOnlyList<OutboundButton> Buttons { get; init => field = Ensure.List(value); } = [];

    /// <summary>Ticket of the event that this message answers, for a platform that wants the reply by it; null: there is none, or it has expired. Only
    /// for an adapter with <see cref="MessageFeatures.Tickets"/>.</summary>
    /// <remarks>Each part of each reply of that event's turn has it until <see cref="PluginGateway.Ticket.ExpiresAt"/>; a later attempt may lack it. A
    /// ticket that the platform does not take any more, because it is used up, is no failure: the adapter sends the message without it, or
    /// refuses it with the <see cref="SendError"/> of that.</remarks>
    public Ticket? Ticket { get; init; }

    /// <summary>Time at which the host stops waiting for this call, in UTC by the clock of the machine; null: never.</summary>
    public DateTimeOffset? Deadline { get; init; }
}

/// <summary>Formats of a text.</summary>
public enum TextFormat
{
    /// <summary>Plain text.</summary>
    Plain,

    /// <summary>Markdown (CommonMark); an adapter renders the parts that its platform supports.</summary>
    Markdown,
}

/// <summary>File to send.</summary>
public sealed record OutboundAttachment
{
    /// <summary>Creates an attachment.</summary>
    /// <param name="path">The file. A handler may name any file that it can read: the host copies it before it queues the reply. An adapter gets the
    /// copy, and only reads it.</param>
    /// <param name="kind">The kind of the file.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    public OutboundAttachment(string path, AttachmentKind kind)
    {
        Path = path;
        Kind = kind;
    }

    /// <summary>Path of the file.</summary>
    public string Path { get; init => field = Ensure.Text(value, "path"); }

    /// <summary>Kind of the file.</summary>
    public AttachmentKind Kind { get; init => field = Ensure.Defined(value, "kind"); }

    /// <summary>Displayed name, or null.</summary>
    public string? Name { get; init; }

    /// <summary>Media type, or null.</summary>
    public string? ContentType { get; init; }
}

/// <summary>Reference to a sent message.</summary>
public sealed record MessageRef
{
    /// <summary>Creates a reference.</summary>
    /// <param name="chat">The chat of the message.</param>
    /// <param name="messageId">The platform's id, from <see cref="Receipt.MessageId"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="messageId"/> is empty, has more than 512 characters or has control characters.</exception>
    public MessageRef(Chat chat, string messageId)
    {
        Chat = chat;
        MessageId = messageId;
    }

    /// <summary>Chat of the message.</summary>
    public Chat Chat { get; init => field = Ensure.NotNull(value, "chat"); }

    /// <summary>Platform's id of the message.</summary>
    public string MessageId { get; init => field = Ensure.Token(value, "messageId"); }
}

/// <summary>Edit of a sent message: its whole new content.</summary>
public sealed record MessageEdit
{
    /// <summary>Creates an edit.</summary>
    /// <param name="key">The idempotency key: at most 512 characters, the same at every attempt and after restarts.</param>
    /// <param name="message">The message.</param>
    /// <param name="text">The new text.</param>
    /// <exception cref="ArgumentException">The key is empty, has more than 512 characters or has control characters, or an argument is
    /// null.</exception>
    public MessageEdit(string key, MessageRef message, string text)
    {
        Key = key;
        Message = message;
        Text = text;
    }

    /// <summary>Idempotency key: the same at every attempt and after restarts.</summary>
    public string Key { get; init => field = Ensure.Token(value, "key"); }

    /// <summary>Message to change.</summary>
    public MessageRef Message { get; init => field = Ensure.NotNull(value, "message"); }

    /// <summary>New text of the message.</summary>
    public string Text { get; init => field = Ensure.NotNull(value, "text"); }

    /// <summary>Number of the attempt, from 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Format of the text.</summary>
    public TextFormat Format { get; init => field = Ensure.Defined(value, nameof(Format)); }

    /// <summary>Preview of links in the text: false if the platform shall show none, where it can.</summary>
    public bool LinkPreview { get; init; } = true;

    /// <summary>Buttons that the message shall have afterwards: those of the message that can still be pressed. Empty: none are shown any
    /// more.</summary>
    public IReadOnlyList<OutboundButton> Buttons { get; init => field = Ensure.List(value); } = [];

    /// <summary>Time at which the host stops waiting for this call, in UTC by the clock of the machine; null: never.</summary>
    public DateTimeOffset? Deadline { get; init; }
}

/// <summary>Deletion of a sent message. A message that went out in several parts has a deletion for each part.</summary>
public sealed record MessageDeletion
{
    /// <summary>Creates a deletion.</summary>
    /// <param name="key">The idempotency key: at most 512 characters, the same at every attempt and after restarts.</param>
    /// <param name="message">The message.</param>
    /// <exception cref="ArgumentException">The key is empty, has more than 512 characters or has control characters, or an argument is
    /// null.</exception>
    public MessageDeletion(string key, MessageRef message)
    {
        Key = key;
        Message = message;
    }

    /// <summary>Idempotency key: the same at every attempt and after restarts.</summary>
    public string Key { get; init => field = Ensure.Token(value, "key"); }

    /// <summary>Message to delete.</summary>
    public MessageRef Message { get; init => field = Ensure.NotNull(value, "message"); }

    /// <summary>Number of the attempt, from 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Time at which the host stops waiting for this call, in UTC by the clock of the machine; null: never.</summary>
    public DateTimeOffset? Deadline { get; init; }
}

/// <summary>Reaction of the bot to set or clear.</summary>
public sealed record ReactionUpdate
{
    /// <summary>Creates an update.</summary>
    /// <param name="key">The idempotency key: at most 512 characters, the same at every attempt and after restarts.</param>
    /// <param name="message">The message.</param>
    /// <param name="emoji">The emoji, or the platform's own name for it; null clears the bot's reaction.</param>
    /// <exception cref="ArgumentException">The key or the emoji is empty, has more than 512 characters or has control characters, or the message is
    /// null.</exception>
    public ReactionUpdate(string key, MessageRef message, string? emoji)
    {
        Key = key;
        Message = message;
        Emoji = emoji;
    }

    /// <summary>Idempotency key: the same at every attempt and after restarts.</summary>
    public string Key { get; init => field = Ensure.Token(value, "key"); }

    /// <summary>Message to change.</summary>
    public MessageRef Message { get; init => field = Ensure.NotNull(value, "message"); }

    /// <summary>Emoji, or the platform's own name for it; null clears the bot's reaction.</summary>
    public string? Emoji { get; init => field = Ensure.OptionalToken(value, "emoji"); }

    /// <summary>Number of the attempt, from 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Time at which the host stops waiting for this call, in UTC by the clock of the machine; null: never.</summary>
    public DateTimeOffset? Deadline { get; init; }
}

/// <summary>Typing indicator to show once.</summary>
public sealed record TypingIndication
{
    /// <summary>Creates an indication.</summary>
    /// <param name="chat">The chat.</param>
    /// <exception cref="ArgumentNullException"><paramref name="chat"/> is null.</exception>
    public TypingIndication(Chat chat) => Chat = chat;

    /// <summary>Chat to show the indicator in.</summary>
    public Chat Chat { get; init => field = Ensure.NotNull(value, "chat"); }

    /// <summary>Time at which the host stops waiting for this call, in UTC by the clock of the machine; null: never.</summary>
    public DateTimeOffset? Deadline { get; init; }
}
