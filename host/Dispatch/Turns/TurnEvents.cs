using PluginGateway.Dispatch.Inbound;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Events of the messages of a turn.</summary>
internal static class TurnEvents
{
    /// <summary>Returns the events of a turn; null when one of them cannot be read.</summary>
    public static InboundEvent[]? Read(PendingTurn turn)
    {
        var events = new InboundEvent[turn.Members.Count];
        for (var i = 0; i < events.Length; i++)
        {
            if (Payloads.TryRead(turn.Members[i]) is not { } received) return null;
            events[i] = received;
        }

        return events;
    }

    /// <summary>Returns the events in the form in which a handler receives them; null: it does not.</summary>
    public static InboundEvent[]? FormsFor(AttachedHandler handler, InboundEvent[] received)
    {
        var forms = new InboundEvent[received.Length];
        for (var i = 0; i < forms.Length; i++)
        {
            if (HandlerEvents.FormFor(handler.Port.Traits.Events, received[i]) is not { } form) return null;
            forms[i] = form;
        }

        return forms;
    }
}
