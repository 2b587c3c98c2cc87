using PluginGateway.Threads;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Kinds of events that handlers have declared, by handler id. A declaration holds from the load of its plugin to that of the next one, also
/// while the handler is away: events are neither lost nor kept in vain. Any thread.</summary>
internal sealed class HandlerEvents
{
    private readonly object _gate = new();
    private readonly Dictionary<string, EventKinds> _declared = new(StringComparer.Ordinal);

    /// <summary>Sets what the newest plugin of a handler declares.</summary>
    public void Declare(string handlerId, EventKinds kinds)
    {
        using (UninterruptibleLock.Enter(_gate)) _declared[handlerId] = kinds;
    }

    /// <summary>A handler id is no longer configured, or gets another plugin: every event is kept until that has been loaded.</summary>
    public void Forget(string handlerId)
    {
        using (UninterruptibleLock.Enter(_gate)) _declared.Remove(handlerId);
    }

    /// <summary>Returns true if an event is to be kept for a handler: it has declared the kind, or nothing is known of it yet.</summary>
    public bool Wants(string handlerId, InboundEvent e)
    {
        using (UninterruptibleLock.Enter(_gate)) return !_declared.TryGetValue(handlerId, out var kinds) || Includes(kinds, e);
    }

    /// <summary>Returns the event in the form in which a handler with these kinds receives it; null: it does not.</summary>
    public static InboundEvent? FormFor(EventKinds kinds, InboundEvent e) => e switch
    {
        ButtonPressed { Button: { } button } press when !kinds.HasFlag(EventKinds.ButtonPressed) =>
            new InboundMessage(press.EventId, press.Chat, press.Sender, button.Label)
            {
                Button = button,
                MentionsBot = true,
                PlatformTime = press.PlatformTime,
                Extras = press.Extras,
            },
        _ => Includes(kinds, e) ? e : null,
    };

    /// <summary>Returns true if declared kinds include the kind of an event; every handler receives messages, and presses in one form or the
    /// other.</summary>
    public static bool Includes(EventKinds kinds, InboundEvent e) => e switch
    {
        InboundMessage or ButtonPressed => true,
        MessageEdited => kinds.HasFlag(EventKinds.MessageEdited),
        MessageDeleted => kinds.HasFlag(EventKinds.MessageDeleted),
        ReactionChanged => kinds.HasFlag(EventKinds.ReactionChanged),
        MembersChanged => kinds.HasFlag(EventKinds.MembersChanged),
        _ => false,
    };
}
