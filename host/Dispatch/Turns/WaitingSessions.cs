
namespace PluginGateway.Dispatch.Turns;

/// <summary>Sessions with a turn that may start, by the handler that answers them, adapters served in turn. While an adapter has no room for
/// replies, its sessions wait aside. Only on the loop's thread.</summary>
internal sealed class WaitingSessions(Func<string, string> handlerOf, MessageQuota room)
{
    private readonly Dictionary<string, FairQueue<string, SessionQueue>> _queues = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<SessionQueue>> _aside = new(StringComparer.Ordinal);

    public void Enqueue(SessionQueue session)
    {
        var handlerId = handlerOf(session.AdapterId);
        if (!_queues.TryGetValue(handlerId, out var queue)) _queues.Add(handlerId, queue = new FairQueue<string, SessionQueue>());
        queue.Enqueue(session.AdapterId, session);
        session.IsQueued = true;
    }

    /// <summary>Returns the next session of a handler whose reply would find room. An adapter without a share left waits while another one
    /// does.</summary>
    public bool TryDequeue(string handlerId, Predicate<string> hasShare, out SessionQueue session)
    {
        session = null!;
        if (!_queues.TryGetValue(handlerId, out var queue)) return false;
        while (queue.TryDequeue(hasShare, out session))
        {
            if (room.HasRoom(session.AdapterId))
            {
                session.IsQueued = false;
                return true;
            }

            if (!_aside.TryGetValue(session.AdapterId, out var others)) _aside.Add(session.AdapterId, others = []);
            others.Add(session);
        }

        return false;
    }

    /// <summary>Returns true when a session that has just had a turn may have the next one: no other session waits for its handler, and its
    /// reply would find room.</summary>
    public bool MayPass(SessionQueue session, string handlerId) =>
        handlerOf(session.AdapterId) == handlerId && (!_queues.TryGetValue(handlerId, out var queue) || queue.Count == 0)
        && room.HasRoom(session.AdapterId);

    /// <summary>Queues sessions again that waited for room, and have it.</summary>
    public void Recall()
    {
        if (_aside.Count == 0) return;
        foreach (var adapterId in _aside.Keys.Where(room.HasRoom).ToArray())
        {
            _aside.Remove(adapterId, out var sessions);
            foreach (var session in sessions!) Enqueue(session);
        }
    }

    /// <summary>Applies a change of the handlers of adapters.</summary>
    public void Reroute()
    {
        var queues = _queues.Values.ToArray();
        _queues.Clear();
        foreach (var queue in queues)
        {
            while (queue.TryDequeue(out var session)) Enqueue(session);
        }
    }
}
