namespace PluginGateway;

/// <summary>Report of the platform about a message that the gateway has sent: it was delivered, was read, or has failed after the platform had taken
/// it. The host keeps the books with it; no handler receives it. <see cref="InboundEvent.Sender"/>: who read the message, where the platform reports
/// it.</summary>
/// <remarks>A failure makes a delivered message a bounced one. A report about a message that the gateway does not know, or no longer, is discarded as
/// <c>unknownMessage</c>.</remarks>
public sealed record DeliveryChanged : InboundEvent
{
    /// <summary>Creates the event of a report.</summary>
    /// <param name="eventId">The platform's id of this event: the deduplication key.</param>
    /// <param name="chat">The chat of the message.</param>
    /// <param name="sender">Who read the message, or null.</param>
    /// <param name="messageId">The platform's id of the message, as the receipt of its send has named it.</param>
    /// <param name="change">The change.</param>
    /// <exception cref="ArgumentException">An id is empty, has more than 512 characters or has control characters, or a required argument is
    /// null.</exception>
    public DeliveryChanged(string? eventId, Chat chat, Sender? sender, string messageId, DeliveryChange change)
        : base(eventId, chat, sender)
    {
        MessageId = messageId;
        Change = change;
    }

    /// <summary>Platform's id of the message.</summary>
    public string MessageId { get; init => field = Ensure.Token(value, "messageId"); }

    /// <summary>Kind of the change.</summary>
    public DeliveryChange Change { get; init => field = Ensure.Defined(value, "change"); }

    /// <summary>Reason of a failure, a sentence for the operator without secrets, or null.</summary>
    public string? Error { get; init; }
}

/// <summary>Kinds of a change of a delivery.</summary>
public enum DeliveryChange
{
    /// <summary>The message has reached the person's device.</summary>
    Delivered,

    /// <summary>The message has been read.</summary>
    Read,

    /// <summary>The message has failed: nobody will get it.</summary>
    Failed,
}
