namespace PluginGateway;

/// <summary>Names the adapter of a plugin and declares what the host must know before it runs any of its code. Once per assembly, with constant arguments.</summary>
/// <param name="platform">The platform's short name, for example <c>telegram</c>: lower-case letters, digits and hyphens.</param>
/// <param name="adapterType">The class that implements <see cref="IChannelAdapter"/>.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class ChannelAdapterAttribute(string platform, Type adapterType) : Attribute
{
    /// <summary>The platform's short name.</summary>
    public string Platform { get; } = platform;

    /// <summary>The class that implements <see cref="IChannelAdapter"/>.</summary>
    public Type AdapterType { get; } = adapterType;

    /// <summary>Longest text of one message in <see cref="TextUnit"/>s; longer text is split by the host. 0 = no limit.</summary>
    public int MaxTextLength { get; set; }

    /// <summary>The unit of <see cref="MaxTextLength"/>.</summary>
    public TextUnit TextUnit { get; set; } = TextUnit.Utf16;

    /// <summary>How many <see cref="IChannelAdapter.SendAsync"/> calls may be open at once: 1 to 64.</summary>
    public int ConcurrentSends { get; set; } = 8;

    /// <summary>Messages a second the platform allows the account: 0 = not declared, else at least 0.0001.</summary>
    public double AccountMessagesPerSecond { get; set; }

    /// <summary>Messages a second the platform allows in one chat: 0 = not declared, else at least 0.0001.</summary>
    public double ChatMessagesPerSecond { get; set; }

    /// <summary>How many files one message may carry: the host divides more among several messages. 0 = the adapter sends no files, and the host refuses them.</summary>
    public int MaxAttachments { get; set; }

    /// <summary>The largest file the platform takes, in bytes; the host refuses a larger one. 0 = not declared.</summary>
    public long MaxAttachmentBytes { get; set; }

    /// <summary>What the platform does with a message we did not acknowledge.</summary>
    public InboundClass Inbound { get; set; } = InboundClass.NonReplayable;

    /// <summary>Whether a message may be sent again when its outcome is unknown.</summary>
    public Idempotency Idempotency { get; set; } = Idempotency.None;

    /// <summary>For <see cref="Idempotency.Native"/>: for how many seconds the platform remembers a key. Afterwards the host parks a message in doubt instead of sending it again.
    /// 0 = for ever.</summary>
    public int IdempotencySeconds { get; set; }

    /// <summary>The name of the setting that holds a credential which allows one session only; the host locks it. Null = none.</summary>
    public string? CredentialSetting { get; set; }

    /// <summary>One path prefix that an <see cref="IServeHttp"/> adapter claims beside <c>/hooks/{adapterId}</c>, for example <c>/chat</c>. Null = none. The gateway's own
    /// (<c>/api</c>, <c>/healthz</c>, <c>/hooks</c>, <c>/metrics</c>, <c>/readyz</c>, <c>/status</c>) are refused at load.</summary>
    public string? PathPrefix { get; set; }
}

/// <summary>The unit in which a platform counts text.</summary>
public enum TextUnit
{
    /// <summary>UTF-16 code units, as <see cref="string.Length"/> counts.</summary>
    Utf16,

    /// <summary>Bytes of UTF-8.</summary>
    Utf8Bytes,

    /// <summary>Unicode code points.</summary>
    CodePoints,
}

/// <summary>What a platform does with an inbound message that was not acknowledged.</summary>
public enum InboundClass
{
    /// <summary>It delivers the message again until it is acknowledged (Slack, Feishu, most webhooks).</summary>
    AckGated,

    /// <summary>We read with a cursor that we advance ourselves (Telegram, Matrix, mail).</summary>
    CursorPolled,

    /// <summary>It is gone (IRC).</summary>
    NonReplayable,
}

/// <summary>Whether a message may be sent again when its outcome is unknown.</summary>
public enum Idempotency
{
    /// <summary>No: a second attempt may deliver twice.</summary>
    None,

    /// <summary>The adapter can find out from the platform whether the message arrived, and does so before it sends again.</summary>
    Reconcilable,

    /// <summary>The platform, given <see cref="OutboundMessage.Key"/>, delivers once, for <see cref="ChannelAdapterAttribute.IdempotencySeconds"/>.</summary>
    Native,
}
