using PluginGateway.Loading;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Messages that one person alone may see: the chat into which they go, or the reason why they cannot be sent.</summary>
internal static class PrivateReplies
{
    /// <summary>Returns the payload of a reply with the chat that it goes to.</summary>
    /// <param name="payload">The payload, for the chat of the event.</param>
    /// <param name="e">The event that is answered; null: none.</param>
    /// <param name="adapterId">The adapter.</param>
    /// <param name="delivery">The delivery that the adapter declares; null: it has not been connected yet.</param>
    /// <param name="problem">The reason why it cannot be sent, or null.</param>
    public static OutboundPayload Address(
        OutboundPayload payload, InboundEvent? e, string adapterId, PrivateDelivery? delivery, out Exception? problem)
    {
        problem = null;
        if (payload.VisibleTo is not { } person) return payload;
        if (e?.Chat.Kind == ChatKind.Direct && e.Sender?.Id == person.Id) return payload with { VisibleTo = null };
        switch (delivery)
        {
            case PrivateDelivery.Native:
                return payload;
            case PrivateDelivery.DirectChat:
                return payload with { Chat = ChatPayload.From(new Chat(person.Id, ChatKind.Direct)), ReplyTo = null };
            case null:
                problem = new RetryLaterException($"Adapter '{adapterId}' has not been connected yet; how it reaches one person is not known before.");
                return payload;
            default:
                problem = new NotSupportedException($"Adapter '{adapterId}' cannot {Verb}.");
                return payload;
        }
    }

    /// <summary>Returns the reason why an adapter cannot send a stored message to one person alone; null when it can. The plugin may have changed since
    /// the message was stored.</summary>
    public static string? Refusal(OutboundPayload payload, AdapterTraits traits) => payload.VisibleTo is not { } person
        || traits.PrivateDelivery == PrivateDelivery.Native
        || (traits.PrivateDelivery == PrivateDelivery.DirectChat && payload.Chat.Id == person.Id && payload.Chat.ToChat().Kind == ChatKind.Direct)
            ? null : $"{SendErrorKind.InvalidMessage}: the adapter cannot {Verb}.";

    private const string Verb = "send a message that one person alone may see";
}
