namespace PluginGateway;

/// <summary>A message to a platform.</summary>
public sealed record OutboundMessage
{
    /// <summary>Creates an outbound message.</summary>
    /// <param name="key">The idempotency key: at most 64 characters of <c>A-Z a-z 0-9 . _ -</c>, the same at every attempt and after restarts.</param>
    /// <param name="chat">Where to.</param>
    /// <param name="text">What to say; within the declared limit.</param>
    /// <exception cref="ArgumentException">The key is empty or something required is null.</exception>
    public OutboundMessage(string key, Chat chat, string text)
    {
        ArgumentNullException.ThrowIfNull(chat);
        ArgumentNullException.ThrowIfNull(text);
        Key = Ensure.Token(key, nameof(key));
        Chat = chat;
        Text = text;
    }

    /// <summary>The idempotency key.</summary>
    public string Key { get; }

    /// <summary>Where to.</summary>
    public Chat Chat { get; }

    /// <summary>What to say.</summary>
    public string Text { get; }

    /// <summary>The attempt, from 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>How the text is written.</summary>
    public TextFormat Format { get; init => field = Ensure.Defined(value, nameof(Format)); }

    /// <summary>Files to send with it, at most <see cref="ChannelAdapterAttribute.MaxAttachments"/>. The text, which may be empty, belongs to them.</summary>
    public IReadOnlyList<OutboundAttachment> Attachments { get; init => field = Ensure.List(value); } = [];

    /// <summary>The platform's id of the message to answer, or null.</summary>
    public string? ReplyTo { get; init => field = Ensure.OptionalToken(value, nameof(ReplyTo)); }

    /// <summary>When the host stops waiting for this attempt, or null when it never does.</summary>
    public DateTimeOffset? Deadline { get; init; }
}

/// <summary>How a text is written.</summary>
public enum TextFormat
{
    /// <summary>As it is.</summary>
    Plain,

    /// <summary>CommonMark; an adapter renders what its platform can show.</summary>
    Markdown,
}

/// <summary>A file to send.</summary>
public sealed record OutboundAttachment
{
    /// <summary>Creates an attachment.</summary>
    /// <param name="path">The file. A handler names any file it can read: the host takes a copy before the reply is owed. An adapter gets the copy, which it only reads.</param>
    /// <param name="kind">What it is.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    public OutboundAttachment(string path, AttachmentKind kind)
    {
        Path = Ensure.Text(path, nameof(path));
        Kind = Ensure.Defined(kind, nameof(kind));
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What it is.</summary>
    public AttachmentKind Kind { get; }

    /// <summary>The name to show, or null.</summary>
    public string? Name { get; init; }

    /// <summary>The media type, or null.</summary>
    public string? ContentType { get; init; }
}

/// <summary>A message that was sent.</summary>
public sealed record MessageRef
{
    /// <summary>Creates a reference.</summary>
    /// <param name="chat">Where it stands.</param>
    /// <param name="messageId">The platform's id, from <see cref="Receipt.MessageId"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="messageId"/> is empty, too long or has control characters.</exception>
    public MessageRef(Chat chat, string messageId)
    {
        ArgumentNullException.ThrowIfNull(chat);
        Chat = chat;
        MessageId = Ensure.Token(messageId, nameof(messageId));
    }

    /// <summary>Where it stands.</summary>
    public Chat Chat { get; }

    /// <summary>The platform's id.</summary>
    public string MessageId { get; }
}

/// <summary>A new text for a message that was sent.</summary>
public sealed record MessageEdit
{
    /// <summary>Creates an edit.</summary>
    /// <param name="message">Which message.</param>
    /// <param name="text">Its new text.</param>
    public MessageEdit(MessageRef message, string text)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(text);
        Message = message;
        Text = text;
    }

    /// <summary>Which message.</summary>
    public MessageRef Message { get; }

    /// <summary>Its new text.</summary>
    public string Text { get; }

    /// <summary>How the text is written.</summary>
    public TextFormat Format { get; init => field = Ensure.Defined(value, nameof(Format)); }
}

/// <summary>A reaction to set or clear.</summary>
public sealed record Reaction
{
    /// <summary>Creates a reaction.</summary>
    /// <param name="message">Which message.</param>
    /// <param name="emoji">The emoji, or the platform's own name for it; null clears our reaction.</param>
    public Reaction(MessageRef message, string? emoji)
    {
        ArgumentNullException.ThrowIfNull(message);
        Message = message;
        Emoji = Ensure.OptionalToken(emoji, nameof(emoji));
    }

    /// <summary>Which message.</summary>
    public MessageRef Message { get; }

    /// <summary>The emoji; null clears.</summary>
    public string? Emoji { get; }
}
