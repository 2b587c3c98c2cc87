using PluginGateway.Access;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Edits and deletions among received events, as far as they change messages that wait. Pure.</summary>
internal static class MessageChanges
{
    /// <summary>Returns the change that an event may be; null: it is none, or may not change anything.</summary>
    /// <param name="e">The event.</param>
    /// <param name="chat">The key of its chat.</param>
    /// <param name="cause">The cause for which the event itself is discarded; null: none.</param>
    public static MessageChange? Of(InboundEvent e, string chat, DiscardCause? cause) => e switch
    {
        // Its message was admitted, whether or not the handler wants edits and the new text still mentions the bot.
        MessageEdited { MessageId: { } id } when cause is null or DiscardCause.Unsupported or DiscardCause.NotMentioned =>
            new(chat, [id], IsDeletion: false),
        // What is gone from the platform is not answered, whoever has deleted it.
        MessageDeleted deleted when cause is not (DiscardCause.Invalid or DiscardCause.TooLarge) =>
            new(chat, [.. deleted.MessageIds.Distinct(StringComparer.Ordinal)], IsDeletion: true),
        _ => null,
    };
}
