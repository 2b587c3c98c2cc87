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

    public static AccessRule Of(AdapterOptions adapter, GatewayOptions gateway) =>
        new(adapter.Allow, adapter.Plugin == WebChat && Rules.IsLoopback(gateway.Http))
        {
            GroupsAreOwn = adapter.Plugin == Irc,
            Plugin = adapter.Plugin
        };
}

/// <summary>Access decision for one message, as far as it needs no memory. Pure.</summary>
internal static class AccessPolicy
{
    /// <summary>Returns the cause for which a message is discarded; null when it is admitted.</summary>
    public static DiscardCause? Judge(InboundMessage message, AccessRule rule, Func<bool> isPaired, Func<bool>? isLetIn = null)
    {
        if (message.Sender.IsSelf) return DiscardCause.OwnMessage;
        var group = GroupOf(message);
        var groups = rule.Allow.GroupsInForce;
        var isOpen = !rule.Allow.HasList && (rule.IsOpen || (group is not null && (rule.GroupsAreOwn || groups != GroupAccess.Closed)));
        if (!isOpen && !IsNamed(message.Sender, rule, group) && !isPaired() && (group is null || isLetIn?.Invoke() != true))
            return DiscardCause.Stranger;
        return group is not null && groups != GroupAccess.All && !message.MentionsBot ? DiscardCause.NotMentioned : null;
    }

    /// <summary>Returns true when the list names the sender: by id, or as <c>account:NAME</c> by the account for which the platform vouches.</summary>
    private static bool IsNamed(Sender sender, AccessRule rule, string? group) =>
        rule.Allow.Names(sender.Id, group) || (sender.Account is { } account && rule.Allow.Names($"account:{account}", group));

    /// <summary>Returns the id of a message's group; null for a direct chat.</summary>
    public static string? GroupOf(InboundMessage message) => message.Chat.Kind == ChatKind.Direct ? null : message.Chat.Id;
}
