namespace PluginGateway.Dispatch.Inbound;

/// <summary>Events in the form in which handlers receive them, by the kinds that they declare. Pure.</summary>
internal static class HandlerEvents
{
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
