using PluginGateway.Configuration;
using PluginGateway.Configuration.Options;

namespace PluginGateway.Access;

/// <summary>Who may speak through one adapter.</summary>
/// <param name="Allow">What the operator has written.</param>
/// <param name="IsOpen">Without a list direct chats are open too: only users of this machine can reach this adapter.</param>
internal sealed record AccessRule(AllowOptions Allow, bool IsOpen)
{
    private const string WebChat = "WebChat";
    private const string Irc = "Irc";

    /// <summary>The adapter's plugin: adapters of one may meet on its platform.</summary>
    public string Plugin { get; init; } = "";

    /// <summary>Groups are those that the operator has named in the adapter's settings: they count as let in.</summary>
    public bool GroupsAreOwn { get; init; }

    /// <summary>A stranger may ask for a code: there is no list, so the operator has not said who may speak.</summary>
    public bool OffersPairing => !Allow.HasList && !IsOpen;

    /// <summary>A paired user lets a group in by speaking there.</summary>
    public bool AdmitsPaired => !Allow.HasList && Allow.GroupsInForce == GroupAccess.Closed && !GroupsAreOwn;

    public static AccessRule Of(AdapterOptions adapter, GatewayOptions gateway) =>
        new(adapter.Allow, adapter.Plugin == WebChat && Rules.IsLoopback(gateway.Http)) { GroupsAreOwn = adapter.Plugin == Irc, Plugin = adapter.Plugin };
}

/// <summary>Whether a message may come in, as far as that needs no memory. Pure.</summary>
internal static class AccessPolicy
{
    /// <summary>Null: it may.</summary>
    public static DiscardCause? Judge(InboundMessage message, AccessRule rule, Func<bool> isPaired, Func<bool>? isLetIn = null)
    {
        if (message.Sender.IsSelf) return DiscardCause.OwnMessage;
        var group = GroupOf(message);
        var groups = rule.Allow.GroupsInForce;
        var isOpen = !rule.Allow.HasList && (rule.IsOpen || (group is not null && (rule.GroupsAreOwn || groups != GroupAccess.Closed)));
        if (!isOpen && !rule.Allow.Names(message.Sender.Id, group) && !isPaired() && (group is null || isLetIn?.Invoke() != true)) return DiscardCause.Stranger;
        return group is not null && groups != GroupAccess.All && !message.MentionsBot ? DiscardCause.NotMentioned : null;
    }

    /// <summary>Null: it was said in a direct chat.</summary>
    public static string? GroupOf(InboundMessage message) => message.Chat.Kind == ChatKind.Direct ? null : message.Chat.Id;
}
