using PluginGateway.Dispatch.Inbound;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.External;

/// <summary>Kind of an event of a message.</summary>
internal enum MessageEventKind
{
    Accepted,
    Handled,
    TurnParked,
    Dropped,
    Delivered,
    Rejected,
    SendParked,

    /// <summary>Delivered, and reported as failed later.</summary>
    Bounced,

    /// <summary>Reported as read.</summary>
    Read,
}

/// <summary>One event of a message. <paramref name="Received"/>: set for an accepted message or event; <paramref name="Reason"/>: set for a
/// failure, and for a delivery without what the platform lacks.</summary>
internal sealed record MessageEvent(
    MessageEventKind Kind, long Id, string AdapterId, string Chat, InboundEvent? Received = null, string? Reason = null)
{
    /// <summary>Kind of a received event that is no message.</summary>
    public string? ReceivedKind => Received is null ? null : InboundPayload.KindOf(Received);
}

/// <summary>Publishes events of messages to one listener, on the dispatcher's thread: the listener must not block. Without a listener no event is
/// created.</summary>
internal sealed class MessageEvents
{
    private volatile Action<MessageEvent>? _listener;

    public Action<MessageEvent>? Listener
    {
        get => _listener;
        set => _listener = value;
    }

    /// <summary>Publishes that a message was accepted.</summary>
    public void Accepted(InboxRow row)
    {
        if (_listener is { } listener && Payloads.TryRead(row) is { } received)
            listener(new(MessageEventKind.Accepted, row.Id, row.AdapterId, received.Chat.Id, received));
    }

    /// <summary>Publishes an event. <paramref name="chatKey"/>: the key of the chat or of a conversation in it.</summary>
    public void Publish(MessageEventKind kind, long id, string adapterId, string chatKey, string? reason = null) =>
        _listener?.Invoke(new(kind, id, adapterId, ConversationKey.ChatIdIn(chatKey), null, reason));
}
