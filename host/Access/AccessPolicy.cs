using PluginGateway.Configuration;

namespace PluginGateway.Access;

/// <summary>Who may speak through one adapter.</summary>
/// <param name="Allow">What the operator has written.</param>
/// <param name="IsOpen">Without a list direct chats are open too: whoever can reach this adapter is on this machine.</param>
internal sealed record AccessRule(AllowOptions Allow, bool IsOpen)
{
    private const string WebChat = "WebChat";

    /// <summary>A stranger may ask for a code: there is no list, so the operator has not said who may speak.</summary>
    public bool OffersPairing => !Allow.HasList && !IsOpen;

    public static AccessRule Of(AdapterOptions adapter, GatewayOptions gateway) => new(adapter.Allow, adapter.Plugin == WebChat && Rules.IsLoopback(gateway.Http));
}

/// <summary>Whether a message may come in, as far as that needs no memory. Pure.</summary>
internal static class AccessPolicy
{
    /// <summary>Null: it may.</summary>
    public static DiscardCause? Judge(InboundMessage message, AccessRule rule, Func<bool> isPaired)
    {
        if (message.Sender.IsSelf) return DiscardCause.OwnMessage;
        var group = message.Chat.Kind == ChatKind.Direct ? null : message.Chat.Id;
        var isOpen = !rule.Allow.HasList && (group is not null || rule.IsOpen);
        if (!isOpen && !rule.Allow.Names(message.Sender.Id, group) && !isPaired()) return DiscardCause.Stranger;
        return group is not null && rule.Allow.Groups == GroupAccess.Mentioned && !message.MentionsBot ? DiscardCause.NotMentioned : null;
    }
}
