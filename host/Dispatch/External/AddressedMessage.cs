using PluginGateway.Dispatch.Inbound;
using PluginGateway.Dispatch.Outbound;
using PluginGateway.Dispatch.Turns;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.External;

/// <summary>Message of a program with the chat that it goes to, and its buttons with their tokens.</summary>
/// <param name="Payload">The payload.</param>
/// <param name="Buttons">The buttons; null: it has none.</param>
internal sealed record AddressedMessage(OutboundPayload Payload, ButtonRows? Buttons)
{
    /// <summary>Addresses a message; null with the reason why it cannot be sent.</summary>
    /// <param name="request">The request.</param>
    /// <param name="turn">The turn whose token allows it; null: it answers nothing, or is for everyone and has no buttons.</param>
    /// <param name="key">The key of the message in the store.</param>
    /// <param name="secret">The secret of the store.</param>
    /// <param name="handlerId">The handler that answers the adapter.</param>
    /// <param name="abilities">The abilities of the adapter.</param>
    /// <param name="problem">The reason, or null.</param>
    public static AddressedMessage? Of(
        MessageApiRequest request, AnsweredTurn? turn, string key, byte[] secret, string handlerId, AdapterAbilities abilities,
        out Exception? problem)
    {
        var reply = request.Reply;
        if (turn is not null && reply.VisibleTo is { } other && other != turn.Event.Sender)
        {
            problem = new ArgumentException("With the token of a turn 'visibleTo' is the sender of its message.");
            return null;
        }

        var payload = PrivateReplies.Address(
            OutboundPayload.From(request.Chat, reply with { Text = TextSanitizer.Sanitize(reply.Text) }), turn?.Event, request.AdapterId,
            abilities.PrivateDelivery, out problem);
        if (problem is not null) return null;
        if (reply.Buttons is not { } set) return new(payload, null);
        var chat = payload.Chat.ToChat();
        var conversation = chat == turn?.Event.Chat ? turn.Conversation : ConversationKey.Of(request.AdapterId, chat);
        var buttons = IssuedButtons.Issue(set, handlerId, conversation, turn?.Event, reply.VisibleTo, secret, key) with
        {
            Session = chat == turn?.Event.Chat ? turn.Session : null,
        };
        return new(payload with { Buttons = [.. buttons.Buttons.Select(static button => button.Shown)] }, buttons);
    }
}

/// <summary>Turn whose token allows a message.</summary>
/// <param name="Event">The event of the turn.</param>
/// <param name="Conversation">Its conversation.</param>
/// <param name="Session">Its session; null: the conversation.</param>
internal sealed record AnsweredTurn(InboundEvent Event, string Conversation, string? Session);
