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

    /// <summary>Deadline of this attempt, or null if it has none.</summary>
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

/// <summary>Edit of a sent message: its new text.</summary>
public sealed record MessageEdit
{
    /// <summary>Creates an edit.</summary>
    /// <param name="message">The message.</param>
    /// <param name="text">The new text.</param>
    public MessageEdit(MessageRef message, string text)
    {
        Message = message;
        Text = text;
    }

    /// <summary>Message to change.</summary>
    public MessageRef Message { get; init => field = Ensure.NotNull(value, "message"); }

    /// <summary>New text of the message.</summary>
    public string Text { get; init => field = Ensure.NotNull(value, "text"); }

    /// <summary>Format of the text.</summary>
    public TextFormat Format { get; init => field = Ensure.Defined(value, nameof(Format)); }

    /// <summary>Preview of links in the text: false if the platform shall show none, where it can.</summary>
    public bool LinkPreview { get; init; } = true;
}

/// <summary>Reaction to set or clear.</summary>
public sealed record Reaction
{
    /// <summary>Creates a reaction.</summary>
    /// <param name="message">The message.</param>
    /// <param name="emoji">The emoji, or the platform's own name for it; null clears the bot's reaction.</param>
    public Reaction(MessageRef message, string? emoji)
    {
        Message = message;
        Emoji = emoji;
    }

    /// <summary>Message to change.</summary>
    public MessageRef Message { get; init => field = Ensure.NotNull(value, "message"); }

    /// <summary>Emoji, or the platform's own name for it; null clears the bot's reaction.</summary>
    public string? Emoji { get; init => field = Ensure.OptionalToken(value, "emoji"); }
}
