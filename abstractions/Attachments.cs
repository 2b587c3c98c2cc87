namespace PluginGateway;

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

    /// <summary>Playing time, or null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public TimeSpan? Duration
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? TimeSpan.Zero, TimeSpan.Zero, nameof(Duration));
            field = value;
        }
    }
}

/// <summary>Kinds of attachment.</summary>
public enum AttachmentKind
{
    /// <summary>File of any type.</summary>
    File,

    /// <summary>Picture.</summary>
    Image,

    /// <summary>Audio: music or a recording.</summary>
    Audio,

    /// <summary>Video.</summary>
    Video,

    /// <summary>Voice message. To send: a platform without voice messages gets it as <see cref="Audio"/>.</summary>
    Voice,

    /// <summary>Sticker. To send: a platform without stickers gets it as <see cref="Image"/>.</summary>
    Sticker,
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
