using PluginGateway.Loading;
using PluginGateway.Threads;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Declarations of handlers, by handler id. A declaration holds from the load of its plugin to that of the next one, also while the handler
/// is away: events are neither lost nor kept in vain, and stay in their sessions. Any thread.</summary>
internal sealed class HandlerDeclarations
{
    private readonly object _gate = new();
    private readonly Dictionary<string, HandlerTraits> _declared = new(StringComparer.Ordinal);

    /// <summary>Sets what the newest plugin of a handler declares.</summary>
    public void Declare(string handlerId, HandlerTraits traits)
    {
        using (UninterruptibleLock.Enter(_gate)) _declared[handlerId] = traits;
    }

    /// <summary>A handler id is no longer configured, or gets another plugin: every event is kept until that has been loaded.</summary>
    public void Forget(string handlerId)
    {
        using (UninterruptibleLock.Enter(_gate)) _declared.Remove(handlerId);
    }

    /// <summary>Returns the declaration of a handler; null: nothing is known of it yet.</summary>
    public HandlerTraits? Of(string handlerId)
    {
        using (UninterruptibleLock.Enter(_gate)) return _declared.GetValueOrDefault(handlerId);
    }

    /// <summary>Returns true if an event is to be kept for a handler: it has declared the kind, or nothing is known of it yet.</summary>
    public bool Wants(string handlerId, InboundEvent e) => Of(handlerId) is not { Events: var kinds } || HandlerEvents.Includes(kinds, e);
}
