using PluginGateway.Configuration.Options;
using PluginGateway.Loading;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Sessions of events: keys by which turns are put in order, stable for ever because the database has them. Pure.</summary>
internal static class SessionRule
{
    private const string OfAccount = "account:";

    /// <summary>Returns the key of the session to which an event belongs: that of its conversation, or <c>adapter/chat/thread?//sender</c>.</summary>
    /// <param name="adapterId">The adapter.</param>
    /// <param name="e">The event.</param>
    /// <param name="chosen">The operator's choice; null: none.</param>
    /// <param name="declared">The handler's declaration; null: nothing is known of it yet.</param>
    public static string KeyOf(string adapterId, InboundEvent e, SessionScope? chosen, HandlerTraits? declared)
    {
        var conversation = ConversationKey.Of(adapterId, e.Chat);
        return ScopeOf(e.Chat, chosen, declared) == SessionScope.Sender && SenderOf(e) is { } sender ? $"{conversation}//{sender}" : conversation;
    }

    /// <summary>Returns the scope of sessions in a chat.</summary>
    public static SessionScope ScopeOf(Chat chat, SessionScope? chosen, HandlerTraits? declared) => chosen ?? declared?.Scope switch
    {
        null or SessionScope.Default => chat.Kind == ChatKind.Direct ? SessionScope.Chat : SessionScope.Sender,
        { } scope => scope,
    };

    /// <summary>Returns true for an event of the session of whoever sent the message of ours that it is about.</summary>
    public static bool FollowsMessage(InboundEvent e) => e is ReactionChanged or MessageDeleted;

    /// <summary>Returns the sender's part of a key: the account for which the platform vouches, else the id; null: the event has no sender, or one
    /// that stands for several.</summary>
    private static string? SenderOf(InboundEvent e)
    {
        // A change of members is of the chat, whoever made it. A chat that writes under its own name has its id.
        if (e is MembersChanged || e.Sender is not { } sender || sender.Id == e.Chat.Id) return null;
        if (sender.Account is { } account) return OfAccount + ConversationKey.Escape(account);
        // Nobody gets an account's session by an id that looks like one.
        var id = ConversationKey.Escape(sender.Id);
        return id.StartsWith(OfAccount, StringComparison.Ordinal) ? id.Replace(":", "%3A", StringComparison.Ordinal) : id;
    }

    /// <summary>Returns the time for which any message is held for the next one of its sender.</summary>
    public static TimeSpan HoldOf(ConversationOptions options, HandlerTraits? declared) =>
        options.Collect ?? (declared is { Collect: true } ? TimeSpan.FromMilliseconds(700) : TimeSpan.Zero);
}
