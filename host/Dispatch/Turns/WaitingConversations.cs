
namespace PluginGateway.Dispatch.Turns;

/// <summary>Conversations with a turn that may start, by the handler that answers them, adapters served in turn. While an adapter has no room for
/// replies, its conversations wait aside. Only on the loop's thread.</summary>
internal sealed class WaitingConversations(Func<string, string> handlerOf, MessageQuota room)
{
    private readonly Dictionary<string, FairQueue<string, Conversation>> _queues = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Conversation>> _aside = new(StringComparer.Ordinal);

    public void Enqueue(Conversation conversation)
    {
        var handlerId = handlerOf(conversation.AdapterId);
        if (!_queues.TryGetValue(handlerId, out var queue)) _queues.Add(handlerId, queue = new FairQueue<string, Conversation>());
        queue.Enqueue(conversation.AdapterId, conversation);
        conversation.IsQueued = true;
    }

    /// <summary>Returns the next conversation of a handler whose reply would find room.</summary>
    public bool TryDequeue(string handlerId, out Conversation conversation)
    {
        conversation = null!;
        if (!_queues.TryGetValue(handlerId, out var queue)) return false;
        while (queue.TryDequeue(out conversation))
        {
            if (room.HasRoom(conversation.AdapterId))
            {
                conversation.IsQueued = false;
                return true;
            }

            if (!_aside.TryGetValue(conversation.AdapterId, out var others)) _aside.Add(conversation.AdapterId, others = []);
            others.Add(conversation);
        }

        return false;
    }

    /// <summary>Returns true when a conversation that has just had a turn may have the next one: no other conversation waits for its handler, and its
    /// reply would find room.</summary>
    public bool MayPass(Conversation conversation, string handlerId) =>
        handlerOf(conversation.AdapterId) == handlerId && (!_queues.TryGetValue(handlerId, out var queue) || queue.Count == 0)
        && room.HasRoom(conversation.AdapterId);

    /// <summary>Queues conversations again that waited for room, and have it.</summary>
    public void Recall()
    {
        if (_aside.Count == 0) return;
        foreach (var adapterId in _aside.Keys.Where(room.HasRoom).ToArray())
        {
            _aside.Remove(adapterId, out var conversations);
            foreach (var conversation in conversations!) Enqueue(conversation);
        }
    }

    /// <summary>Applies a change of the handlers of adapters.</summary>
    public void Reroute()
    {
        var queues = _queues.Values.ToArray();
        _queues.Clear();
        foreach (var queue in queues)
        {
            while (queue.TryDequeue(out var conversation)) Enqueue(conversation);
        }
    }
}
