namespace PluginGateway.Access;

/// <summary>Access check of every received event, before it is stored. Any thread; never waits.</summary>
internal interface IAccessFilter
{
    /// <summary>Returns the cause for which an event is discarded; null when it is admitted.</summary>
    DiscardCause? Judge(string adapterId, InboundEvent e);

    /// <summary>Returns what an admitted event has to be about; null: anything.</summary>
    AccessCondition? ConditionOf(string adapterId, InboundEvent e) => null;

    /// <summary>Returns true for a sender who may begin a new session for everybody in a group.</summary>
    bool IsAdmin(string adapterId, Sender sender) => false;

    /// <summary>Records an event that was admitted and is not a duplicate.</summary>
    void OnAdmitted(string adapterId, InboundEvent e);

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

    public DiscardCause? Judge(string adapterId, InboundEvent e)
    {
        var rule = ruleOf(adapterId);
        var cause = AccessPolicy.Judge(
            e, rule, () => pairings.IsPaired(adapterId, e.Sender!.Id), () => pairings.IsAdmitted(adapterId, e.Chat.Id));
        if (e.Sender is not { } sender) return cause;
        if (e is MembersChanged { Change: MemberChange.BotAdded })
        {
            // One that the own account has made does not tell who wanted it.
            if (rule.AdmitsPaired && !sender.IsSelf) LetIn(adapterId, e, sender);
            return cause is null ? null : DiscardCause.BotAdded;
        }

        if (rule.AdmitsPaired && cause != DiscardCause.OwnMessage && e is ContentEvent) LetIn(adapterId, e, sender);
        if (cause == DiscardCause.Stranger && e is ContentEvent strange) TurnAway(adapterId, rule, strange);
        if (cause is not null) return cause;
        var other = SenderOf(adapterId, rule, e);
        if (!_loops.Holds(adapterId, e, other is not null)) return null;
        if (other is not null && _throttled.TryAcquire(adapterId, DiscardCause.BotLoop, out var more))
            log.AdaptersTalk(adapterId, other, e.Chat.Id, BotLoops.MostInARow, BotLoops.Rest.TotalMinutes, more);
        else if (other is null && _throttled.TryAcquire(adapterId, DiscardCause.BotLoop, out var others))
            log.BotsTalk(adapterId, e.Chat.Id, BotLoops.MostInARow, BotLoops.Rest.TotalMinutes, others);
        return DiscardCause.BotLoop;
    }

    public AccessCondition? ConditionOf(string adapterId, InboundEvent e) => AccessPolicy.ConditionOf(e, ruleOf(adapterId));

    public bool IsAdmin(string adapterId, Sender sender) => ruleOf(adapterId).IsAdmin(sender);

    public void OnAdmitted(string adapterId, InboundEvent e) => _loops.Record(adapterId, e, SenderOf(adapterId, ruleOf(adapterId), e) is not null);

    public void OnSending(string adapterId, Chat chat, string text) => _own.Record(adapterId, chat, text);

    public void Forget(string adapterId) => _throttled.Forget(adapterId);

    private string? SenderOf(string adapterId, AccessRule rule, InboundEvent e) =>
        e is ContentEvent message ? _own.SenderOf(adapterId, message, other => ruleOf(other).Plugin == rule.Plugin) : null;

    /// <summary>Admits a group in which a paired user wrote, or to which a paired user added the bot.</summary>
    private void LetIn(string adapterId, InboundEvent e, Sender sender)
    {
        if (AccessPolicy.GroupOf(e) is not { } group || !pairings.IsPaired(adapterId, sender.Id) || !pairings.Admit(adapterId, sender, group)) return;
        log.GroupLetIn(adapterId, group, sender.Id, sender.Name ?? sender.Id, e is ContentEvent ? "wrote" : "added the bot");
    }

    private void TurnAway(string adapterId, AccessRule rule, ContentEvent message)
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
