namespace PluginGateway;

/// <summary>Declaration of the adapter in a plugin: its class, limits and delivery guarantees. The host reads it without running code of the plugin.
/// Once per assembly, with constant arguments. Limits that differ from one connection to another are in <see cref="ConnectionInfo"/>.</summary>
/// <param name="platform">Short name of the platform, for example <c>telegram</c>: lower-case letters, digits and hyphens.</param>
/// <param name="adapterType">The class that implements <see cref="IChannelAdapter"/>.</param>
/// <param name="contract">Version of the contract for which the plugin is built. Leave it out: the compiler then writes the version against which it
/// compiles, and a gateway with another one refuses the plugin.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class ChannelAdapterAttribute(string platform, Type adapterType, int contract = ContractVersion.Current) : Attribute
{
    /// <summary>Short name of the platform.</summary>
    public string Platform { get; } = platform;

    /// <summary>Class that implements <see cref="IChannelAdapter"/>.</summary>
    public Type AdapterType { get; } = adapterType;

    /// <summary>Version of the contract for which the plugin was built.</summary>
    public int Contract { get; } = contract;

    /// <summary>Longest text of one message, in <see cref="TextUnit"/>s. The host splits longer texts. 0 = no limit.</summary>
    public int MaxTextLength { get; set; }

    /// <summary>Unit of <see cref="MaxTextLength"/>.</summary>
    public TextUnit TextUnit { get; set; } = TextUnit.Utf16;

    /// <summary>Longest text beside files, in <see cref="TextUnit"/>s. The host sends a longer text behind the files, as messages of its own.
    /// 0 = <see cref="MaxTextLength"/>.</summary>
    public int MaxCaption { get; set; }

    /// <summary>Length from which a received text may be the part of a longer one that the sender's client has split, in <see cref="TextUnit"/>s: the
    /// host waits a moment for the next part. 0 = clients do not split.</summary>
    public int ClientSplitLength { get; set; }

    /// <summary>Number of <see cref="IChannelAdapter.SendAsync"/> calls that may be open at once: 1 to 64. Edits, deletions and reactions count
    /// too.</summary>
    public int ConcurrentSends { get; set; } = 8;

    /// <summary>Rate limit of the account, in messages a second: 0 = not declared, else at least 0.0001.</summary>
    public double AccountMessagesPerSecond { get; set; }

    /// <summary>Rate limit of one chat, in messages a second: 0 = not declared, else at least 0.0001.</summary>
    public double ChatMessagesPerSecond { get; set; }

    /// <summary>Number of messages and edits that the platform takes within one minute in one chat with several people; each message of a receipt
    /// counts, and a chat of unknown kind is taken for such a chat. 0 = not declared.</summary>
    public int GroupMessagesPerMinute { get; set; }

    /// <summary>Rate limit of the account's edits, in edits a second: at least 0.0001. 0 = edits count as messages.</summary>
    public double AccountEditsPerSecond { get; set; }

    /// <summary>Rate limit of the edits in one chat, in edits a second: at least 0.0001. 0 = edits count as messages.</summary>
    public double ChatEditsPerSecond { get; set; }

    /// <summary>Number of edits that the platform takes of one message; the host rejects an edit beyond. 0 = no limit.</summary>
    public int MaxEdits { get; set; }

    /// <summary>Time after its delivery in which a message can be edited, in seconds; the host rejects a later edit. 0 = no limit.</summary>
    public int EditWindowSeconds { get; set; }

    /// <summary>Number of files that one message may have. The host divides more files among several messages. 0 = the adapter sends no files, and
    /// the host refuses them.</summary>
    public int MaxAttachments { get; set; }

    /// <summary>Size of the largest file that the platform accepts, in bytes; the host refuses larger files. 0 = not declared.</summary>
    public long MaxAttachmentBytes { get; set; }

    /// <summary>Number of buttons that one message may have: 0 to 64. The host writes more of them as a numbered list into the text. 0 = the adapter
    /// has no buttons.</summary>
    public int MaxButtons { get; set; }

    /// <summary>Longest label of a button, in UTF-16 units. The host cuts a longer one, with an ellipsis at its end, and the state of the delivery
    /// says so. 0 = no limit.</summary>
    public int MaxButtonLabel { get; set; }

    /// <summary>Longest id of a button, in bytes. The host's ids are texts of 22 ASCII characters: a lower limit is refused at load. 0 = no
    /// limit.</summary>
    public int ButtonIdBytes { get; set; }

    /// <summary>Features of messages that the adapter sends natively. The host replaces a missing <see cref="MessageFeatures.Location"/> by text; the
    /// state of the delivery names whatever the platform lacks.</summary>
    public MessageFeatures Features { get; set; }

    /// <summary>Names of the platform's own options of a message (<see cref="OutboundMessage.Extras"/>). The host rejects a message with an option
    /// that is not among them.</summary>
    public string[] Extras { get; set; } = [];

    /// <summary>Delivery of messages that one person alone may see (<see cref="OutboundMessage.VisibleTo"/>).</summary>
    public PrivateDelivery PrivateDelivery { get; set; }

    /// <summary>True if <see cref="Sender.Id"/> proves who the sender is. False where other people can take it (a nickname without an account, the
    /// address of a mail): what is kept for a sender without <see cref="Sender.Account"/> is then not kept for long.</summary>
    public bool SenderIdsProve { get; set; } = true;

    /// <summary>Redelivery of received messages that the adapter did not acknowledge.</summary>
    public InboundClass Inbound { get; set; } = InboundClass.NonReplayable;

    /// <summary>Idempotency of a send: whether a message with an unknown outcome may be sent again.</summary>
    public Idempotency Idempotency { get; set; } = Idempotency.None;

    /// <summary>Lifetime of an idempotency key on the platform in seconds, for <see cref="Idempotency.Native"/>. After it the host parks a message
    /// with an unknown outcome instead of sending it again. 0 = unlimited.</summary>
    public int IdempotencySeconds { get; set; }

    /// <summary>Names of the settings with credentials that allow one session only. The host locks every one of them that is set: the adapter is
    /// created when it has all of them, and waits while another adapter or gateway has one.</summary>
    public string[] CredentialSettings { get; set; } = [];

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

/// <summary>Delivery of messages that one person alone may see.</summary>
public enum PrivateDelivery
{
    /// <summary>None: the host refuses such a message, unless it is for the only other person of a direct chat.</summary>
    None,

    /// <summary>Direct chat: <see cref="Sender.Id"/> is the id of the direct chat with a person too, and the host sends the message there.</summary>
    DirectChat,

    /// <summary>The platform shows a message of a chat to one person alone.</summary>
    Native,
}

/// <summary>Features of messages that not every platform has.</summary>
[Flags]
public enum MessageFeatures
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Places (<see cref="OutboundMessage.Location"/>).</summary>
    Location = 1,

    /// <summary>Silent delivery (<see cref="OutboundMessage.Silent"/>).</summary>
    Silent = 2,

    /// <summary>Choice of link previews (<see cref="OutboundMessage.LinkPreview"/>).</summary>
    LinkPreview = 4,

    /// <summary>Replies by the ticket of the event that they answer (<see cref="OutboundMessage.Ticket"/>). Without it the host keeps no ticket longer
    /// than for <see cref="IAnswerInteractions"/>.</summary>
    Tickets = 8,
}

/// <summary>Redelivery of received messages that were not acknowledged.</summary>
public enum InboundClass
{
    /// <summary>Redelivery until the message is acknowledged (Slack, Feishu, most webhooks).</summary>
    AckGated,

    /// <summary>Reading with a cursor that the adapter advances (Telegram, Matrix, mail).</summary>
    CursorPolled,

    /// <summary>No redelivery: a refused message is lost (IRC). A call waits for room instead of being refused.</summary>
    NonReplayable,
}

/// <summary>Idempotency of a send: whether a message with an unknown outcome may be sent again.</summary>
public enum Idempotency
{
    /// <summary>No idempotency: a second attempt may deliver twice.</summary>
    None,

    /// <summary>Reconciliation: the adapter asks the platform whether the message arrived before it sends one with
    /// <see cref="OutboundMessage.Attempt"/> above 1.</summary>
    Reconcilable,

    /// <summary>Idempotency keys of the platform: it delivers a message with the same <see cref="OutboundMessage.Key"/> once within
    /// <see cref="ChannelAdapterAttribute.IdempotencySeconds"/>.</summary>
    Native,
}
