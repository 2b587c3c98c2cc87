using PluginGateway.Configuration;
using PluginGateway.Configuration.Options;

namespace PluginGateway.Access;

/// <summary>Access rule of one adapter.</summary>
/// <param name="Allow">The allow list of the configuration.</param>
/// <param name="IsOpen">True when direct chats are open even without a list: only users of this machine can reach this adapter.</param>
internal sealed record AccessRule(AllowOptions Allow, bool IsOpen)
{
    private const string WebChat = "WebChat";
    private const string Irc = "Irc";

    /// <summary>The adapter's plugin: adapters of one may meet on its platform.</summary>
    public string Plugin { get; init; } = "";

    /// <summary>Groups are those that the operator has named in the adapter's settings: they count as let in.</summary>
    public bool GroupsAreOwn { get; init; }

    /// <summary>True when a stranger may ask for a code: there is no list, so the operator has not said who may speak.</summary>
    public bool OffersPairing => !Allow.HasList && !IsOpen;

    /// <summary>True when a paired user admits a group by writing there.</summary>
    public bool AdmitsPaired => !Allow.HasList && Allow.GroupsInForce == GroupAccess.Closed && !GroupsAreOwn;

    /// <summary>Returns true for an administrator: by id, or as <c>account:NAME</c> by the account for which the platform vouches.</summary>
    public bool IsAdmin(Sender sender) => Allow.IsAdmin(sender.Id) || (sender.Account is { } account && Allow.IsAdmin($"account:{account}"));

    public static AccessRule Of(AdapterOptions adapter, GatewayOptions gateway) =>
        new(adapter.Allow, adapter.Plugin == WebChat && Rules.IsLoopback(gateway.Http))
        {
            GroupsAreOwn = adapter.Plugin == Irc,
            Plugin = adapter.Plugin
        };
}

/// <summary>Condition of an admitted event, for the store to look up: the adapter has delivered this message within the time that rows are
/// kept.</summary>
/// <param name="MessageId">The platform's id of the message; null: any message in the chat.</param>
internal sealed record AccessCondition(string? MessageId);

/// <summary>Access decision for one event, as far as it needs no memory. Pure.</summary>
internal static class AccessPolicy
{
    /// <summary>Returns the cause for which an event is discarded; null when it is admitted.</summary>
    public static DiscardCause? Judge(InboundEvent e, AccessRule rule, Func<bool> isPaired, Func<bool>? isLetIn = null)
    {
        // Of an event without a sender its condition decides.
        if (e.Sender is not { } sender) return null;
        if (sender.IsSelf) return DiscardCause.OwnMessage;
        var group = GroupOf(e);
        var groups = rule.Allow.GroupsInForce;
        var isOpen = !rule.Allow.HasList && (rule.IsOpen || (group is not null && (rule.GroupsAreOwn || groups != GroupAccess.Closed)));
        if (!isOpen && !IsNamed(sender, rule, group) && !isPaired() && (group is null || isLetIn?.Invoke() != true))
            return DiscardCause.Stranger;
        return group is not null && groups != GroupAccess.All && e is ContentEvent { MentionsBot: false } ? DiscardCause.NotMentioned : null;
    }

    /// <summary>Returns what an admitted event has to be about, where only messages to the bot are heard or nobody is said to have caused it: a
    /// reaction a message of the bot, a deletion or a change of members a chat in which the bot has written.</summary>
    public static AccessCondition? ConditionOf(InboundEvent e, AccessRule rule)
    {
        var hearsAll = e.Sender is not null && (GroupOf(e) is null || rule.Allow.GroupsInForce == GroupAccess.All);
        return e switch
        {
            ReactionChanged reaction when !hearsAll => new(reaction.MessageId),
            MessageDeleted when !hearsAll => new(null),
            MembersChanged { Sender: null } => new(null),
            _ => null,
        };
    }

    /// <summary>Returns true when the list names the sender: by id, or as <c>account:NAME</c> by the account for which the platform
    /// vouches.</summary>
    private static bool IsNamed(Sender sender, AccessRule rule, string? group) =>
        rule.Allow.Names(sender.Id, group) || (sender.Account is { } account && rule.Allow.Names($"account:{account}", group));

    /// <summary>Returns the id of an event's group; null for a direct chat.</summary>
    public static string? GroupOf(InboundEvent e) => e.Chat.Kind == ChatKind.Direct ? null : e.Chat.Id;
}
