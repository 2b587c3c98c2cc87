using PluginGateway.Dispatch.Inbound;

namespace PluginGateway.Dispatch.External;

/// <summary>What has happened to a message.</summary>
internal enum MessageEventKind
{
    Accepted,
    Handled,
    TurnParked,
    Delivered,
    Rejected,
    SendParked,
}

/// <summary>One thing that has happened. <paramref name="Message"/> comes with what was accepted; <paramref name="Reason"/> with what went wrong.</summary>
internal sealed record MessageEvent(MessageEventKind Kind, long Id, string AdapterId, string Chat, InboundMessage? Message = null, string? Reason = null);

/// <summary>Tells one listener what happens to messages, on the dispatcher's thread: it must not block. Without a listener nothing is put together.</summary>
internal sealed class MessageEvents
{
    private volatile Action<MessageEvent>? _listener;

    public Action<MessageEvent>? Listener
    {
        get => _listener;
        set => _listener = value;
    }

    /// <summary><paramref name="chatKey"/>: the key of the chat or of a conversation in it.</summary>
    public void Publish(MessageEventKind kind, long id, string adapterId, string chatKey, string? reason = null) =>
        _listener?.Invoke(new(kind, id, adapterId, ConversationKey.ChatIdIn(chatKey), null, reason));
}
