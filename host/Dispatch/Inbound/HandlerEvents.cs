using PluginGateway.Threads;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Kinds of events that handlers have declared, by handler id. A declaration holds while its handler is away. Any thread.</summary>
internal sealed class HandlerEvents
{
    private readonly object _gate = new();
    private readonly Dictionary<string, EventKinds> _declared = new(StringComparer.Ordinal);

    /// <summary>Sets what a handler's newest generation declares.</summary>
    public void Declare(string handlerId, EventKinds kinds)
    {
        using (UninterruptibleLock.Enter(_gate)) _declared[handlerId] = kinds;
    }

    /// <summary>A handler id is no longer configured.</summary>
    public void Forget(string handlerId)
    {
        using (UninterruptibleLock.Enter(_gate)) _declared.Remove(handlerId);
    }

    /// <summary>Returns true if an event is to be kept for a handler: it has declared the kind, or nothing is known of it yet.</summary>
    public bool Wants(string handlerId, InboundEvent e)
    {
        using (UninterruptibleLock.Enter(_gate)) return !_declared.TryGetValue(handlerId, out var kinds) || Includes(kinds, e);
    }

    /// <summary>Returns true if declared kinds include the kind of an event; every handler receives messages.</summary>
    public static bool Includes(EventKinds kinds, InboundEvent e) => e switch
    {
        InboundMessage => true,
        MessageEdited => kinds.HasFlag(EventKinds.MessageEdited),
        MessageDeleted => kinds.HasFlag(EventKinds.MessageDeleted),
        ReactionChanged => kinds.HasFlag(EventKinds.ReactionChanged),
        MembersChanged => kinds.HasFlag(EventKinds.MembersChanged),
        _ => false,
    };
}
