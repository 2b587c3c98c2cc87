namespace PluginGateway.Access;

/// <summary>Access check of every inbound message, before the message is stored. Any thread; never waits.</summary>
internal interface IAccessFilter
{
    /// <summary>Returns the cause for which a message is discarded; null when it is admitted.</summary>
    DiscardCause? Judge(string adapterId, InboundMessage message);

    /// <summary>Records a message that was admitted and is not a duplicate.</summary>
    void OnAdmitted(string adapterId, InboundMessage message);

    /// <summary>Records a text that is about to be sent through an adapter.</summary>
    void OnSending(string adapterId, Chat chat, string text)
    {
    }

    /// <summary>An adapter id is no longer configured.</summary>
    void Forget(string adapterId)
    {
    }
}

/// <summary>Admits permitted senders, offers strangers a pairing code where the adapter has no allow list, and ends loops of bots.</summary>
/// <param name="ruleOf">The rule in force for an adapter id.</param>
/// <param name="pairings">The paired users and admitted groups.</param>
/// <param name="clock">The clock.</param>
/// <param name="log">The log.</param>
internal sealed class AccessFilter(Func<string, AccessRule> ruleOf, PairingRequests pairings, TimeProvider clock, ILogger log) : IAccessFilter
{
    private readonly BotLoops _loops = new(clock);
    private readonly OwnMessageMemory _own = new(clock);
    private readonly ThrottledLog _throttled = new(clock);

    public DiscardCause? Judge(string adapterId, InboundMessage message)
    {
        var rule = ruleOf(adapterId);
        if (message.AddsBot) return Added(adapterId, rule, message);
        var cause = AccessPolicy.Judge(
            message, rule, () => pairings.IsPaired(adapterId, message.Sender.Id), () => pairings.IsAdmitted(adapterId, message.Chat.Id));
        if (rule.AdmitsPaired && cause != DiscardCause.OwnMessage) LetIn(adapterId, message);
        if (cause == DiscardCause.Stranger) TurnAway(adapterId, rule, message);
        if (cause is not null) return cause;
        var other = SenderOf(adapterId, rule, message);
        if (!_loops.Holds(adapterId, message, other is not null)) return null;
        if (other is not null && _throttled.TryAcquire(adapterId, DiscardCause.BotLoop, out var more))
            log.AdaptersTalk(adapterId, other, message.Chat.Id, BotLoops.MostInARow, BotLoops.Rest.TotalMinutes, more);
        else if (other is null && _throttled.TryAcquire(adapterId, DiscardCause.BotLoop, out var others))
            log.BotsTalk(adapterId, message.Chat.Id, BotLoops.MostInARow, BotLoops.Rest.TotalMinutes, others);
        return DiscardCause.BotLoop;
    }

    public void OnAdmitted(string adapterId, InboundMessage message) =>
        _loops.Record(adapterId, message, SenderOf(adapterId, ruleOf(adapterId), message) is not null);

    public void OnSending(string adapterId, Chat chat, string text) => _own.Record(adapterId, chat, text);

    public void Forget(string adapterId) => _throttled.Forget(adapterId);

    private string? SenderOf(string adapterId, AccessRule rule, InboundMessage message) =>
        _own.SenderOf(adapterId, message, other => ruleOf(other).Plugin == rule.Plugin);

    /// <summary>Decision about a change of membership: one made by the own account does not tell who wanted it.</summary>
    private DiscardCause Added(string adapterId, AccessRule rule, InboundMessage message)
    {
        if (rule.AdmitsPaired && !message.Sender.IsSelf) LetIn(adapterId, message);
        return DiscardCause.BotAdded;
    }

    /// <summary>Admits a group in which a paired user wrote, or to which a paired user added the bot.</summary>
    private void LetIn(string adapterId, InboundMessage message)
    {
        var (sender, chat) = (message.Sender, message.Chat);
        if (AccessPolicy.GroupOf(message) is null || !pairings.IsPaired(adapterId, sender.Id) || !pairings.Admit(adapterId, sender, chat.Id)) return;
        log.GroupLetIn(adapterId, chat.Id, sender.Id, sender.Name ?? sender.Id, message.AddsBot ? "added the bot" : "wrote");
    }

    private void TurnAway(string adapterId, AccessRule rule, InboundMessage message)
    {
        var (sender, chat) = (message.Sender, message.Chat);
        var name = sender.Name ?? sender.Id;
        if (AccessPolicy.GroupOf(message) is not null && rule.OffersPairing)
        {
            if (message.MentionsBot && !sender.IsBot && pairings.Ask(adapterId, sender, chat))
                log.GroupCodeSent(adapterId, chat.Id, sender.Id, name, PairingRequests.CodeLife.TotalMinutes);
            else if (_throttled.TryAcquire(adapterId, DiscardCause.Stranger, out var more))
                log.GroupIsClosed(adapterId, chat.Id, sender.Id, name, more);
            return;
        }

        if (rule.OffersPairing && !sender.IsBot && pairings.Ask(adapterId, sender, chat))
            log.CodeSent(adapterId, sender.Id, name, PairingRequests.CodeLife.TotalMinutes);
        else if (_throttled.TryAcquire(adapterId, DiscardCause.Stranger, out var others))
            log.StrangerTurnedAway(adapterId, sender.Id, name, chat.Id, others);
    }
}
