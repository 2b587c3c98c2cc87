namespace PluginGateway;

/// <summary>Declaration of the adapter in a plugin: its class, limits and delivery guarantees. The host reads it without running code of the plugin.
/// Once per assembly, with constant arguments.</summary>
/// <param name="platform">Short name of the platform, for example <c>telegram</c>: lower-case letters, digits and hyphens.</param>
/// <param name="adapterType">The class that implements <see cref="IChannelAdapter"/>.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class ChannelAdapterAttribute(string platform, Type adapterType) : Attribute
{
    /// <summary>Short name of the platform.</summary>
    public string Platform { get; } = platform;

    /// <summary>Class that implements <see cref="IChannelAdapter"/>.</summary>
    public Type AdapterType { get; } = adapterType;

    /// <summary>Longest text of one message, in <see cref="TextUnit"/>s. The host splits longer texts. 0 = no limit.</summary>
    public int MaxTextLength { get; set; }

    /// <summary>Unit of <see cref="MaxTextLength"/>.</summary>
    public TextUnit TextUnit { get; set; } = TextUnit.Utf16;

    /// <summary>Number of <see cref="IChannelAdapter.SendAsync"/> calls that may be open at once: 1 to 64. Edits, deletions and reactions count
    /// too.</summary>
    public int ConcurrentSends { get; set; } = 8;

    /// <summary>Rate limit of the account, in messages a second: 0 = not declared, else at least 0.0001.</summary>
    public double AccountMessagesPerSecond { get; set; }

    /// <summary>Rate limit of one chat, in messages a second: 0 = not declared, else at least 0.0001.</summary>
    public double ChatMessagesPerSecond { get; set; }

    /// <summary>Number of files that one message may have. The host divides more files among several messages. 0 = the adapter sends no files, and
    /// the host refuses them.</summary>
    public int MaxAttachments { get; set; }

    /// <summary>Size of the largest file that the platform accepts, in bytes; the host refuses larger files. 0 = not declared.</summary>
    public long MaxAttachmentBytes { get; set; }

    /// <summary>Redelivery of received messages that the adapter did not acknowledge.</summary>
    public InboundClass Inbound { get; set; } = InboundClass.NonReplayable;

    /// <summary>Idempotency of a send: whether a message with an unknown outcome may be sent again.</summary>
    public Idempotency Idempotency { get; set; } = Idempotency.None;

    /// <summary>Lifetime of an idempotency key on the platform in seconds, for <see cref="Idempotency.Native"/>. After it the host parks a message
    /// with an unknown outcome instead of sending it again. 0 = unlimited.</summary>
    public int IdempotencySeconds { get; set; }

    /// <summary>Name of the setting with a credential that allows one session only; the host locks the credential. Null = none.</summary>
    public string? CredentialSetting { get; set; }

    /// <summary>Path prefix of an <see cref="IServeHttp"/> adapter beside <c>/hooks/{adapterId}</c>, for example <c>/chat</c>. Null = none. Prefixes
    /// of the gateway itself (<c>/api</c>, <c>/healthz</c>, <c>/hooks</c>, <c>/metrics</c>, <c>/readyz</c>, <c>/status</c>) are refused at
    /// load.</summary>
    public string? PathPrefix { get; set; }
}

/// <summary>Unit in which a platform counts text.</summary>
public enum TextUnit
{
    /// <summary>UTF-16 code units, as <see cref="string.Length"/> counts.</summary>
    Utf16,

    /// <summary>Bytes of UTF-8.</summary>
    Utf8Bytes,

    /// <summary>Unicode code points.</summary>
    CodePoints,
}

/// <summary>Redelivery of received messages that were not acknowledged.</summary>
public enum InboundClass
{
    /// <summary>Redelivery until the message is acknowledged (Slack, Feishu, most webhooks).</summary>
    AckGated,

    /// <summary>Reading with a cursor that the adapter advances (Telegram, Matrix, mail).</summary>
    CursorPolled,

    /// <summary>No redelivery: the message is lost (IRC).</summary>
    NonReplayable,
}

/// <summary>Idempotency of a send: whether a message with an unknown outcome may be sent again.</summary>
public enum Idempotency
{
    /// <summary>No idempotency: a second attempt may deliver twice.</summary>
    None,

    /// <summary>Reconciliation: the adapter asks the platform whether the message arrived before it sends again.</summary>
    Reconcilable,

    /// <summary>Idempotency keys of the platform: it delivers a message with the same <see cref="OutboundMessage.Key"/> once within
    /// <see cref="ChannelAdapterAttribute.IdempotencySeconds"/>.</summary>
    Native,
}
