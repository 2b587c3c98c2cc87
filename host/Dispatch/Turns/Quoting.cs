using PluginGateway.Configuration.Options;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Quotes of the messages that turns answer. Pure.</summary>
internal static class Quoting
{
    /// <summary>Returns the first reply of a turn with the message that it quotes: the turn's last, unless the handler has named one.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="last">The last event of the turn.</param>
    /// <param name="mode">The setting.</param>
    public static Reply Apply(Reply reply, InboundEvent last, QuoteMode mode) =>
        reply.ReplyTo is null && last is InboundMessage { MessageId: { } messageId } && IsQuotedIn(last.Chat, mode)
            ? reply with { ReplyTo = messageId } : reply;

    private static bool IsQuotedIn(Chat chat, QuoteMode mode) => mode switch
    {
        QuoteMode.Always => true,
        QuoteMode.Auto => chat.Kind == ChatKind.Group,
        _ => false,
    };
}
