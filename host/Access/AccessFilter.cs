namespace PluginGateway.Access;

/// <summary>Looks at every message before anything else does. Any thread; never waits.</summary>
internal interface IAccessFilter
{
    /// <summary>Why a message may not come in; null: it may.</summary>
    DiscardCause? Judge(string adapterId, InboundMessage message);

    /// <summary>A message came in, for the first time.</summary>
    void OnAdmitted(string adapterId, InboundMessage message);

    /// <summary>Something is about to be said through an adapter.</summary>
    void OnSending(string adapterId, Chat chat, string text)
    {
    }
}

/// <summary>Lets in who may speak, offers strangers a code where the operator has not said who may, and ends talks of bots.</summary>
/// <param name="ruleOf">The rule in force for an adapter id.</param>
/// <param name="pairings">Who is paired.</param>
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
        var cause = AccessPolicy.Judge(message, rule, () => pairings.IsPaired(adapterId, message.Sender.Id), () => pairings.IsAdmitted(adapterId, message.Chat.Id));
        if (rule.AdmitsPaired && cause != DiscardCause.OwnMessage) LetIn(adapterId, message);
        if (cause == DiscardCause.Stranger) TurnAway(adapterId, rule, message);
        if (cause is not null) return cause;
        var other = SenderOf(adapterId, rule, message);
        if (!_loops.Holds(adapterId, message, other is not null)) return null;
        if (other is not null && _throttled.TryAcquire(adapterId, DiscardCause.BotLoop, out var more)) log.AdaptersTalk(adapterId, other, message.Chat.Id, BotLoops.MostInARow, BotLoops.Rest.TotalMinutes, more);
        else if (other is null && _throttled.TryAcquire(adapterId, DiscardCause.BotLoop, out var others)) log.BotsTalk(adapterId, message.Chat.Id, BotLoops.MostInARow, BotLoops.Rest.TotalMinutes, others);
        return DiscardCause.BotLoop;
    }

    public void OnAdmitted(string adapterId, InboundMessage message) => _loops.Record(adapterId, message, SenderOf(adapterId, ruleOf(adapterId), message) is not null);

    public void OnSending(string adapterId, Chat chat, string text) => _own.Record(adapterId, chat, text);

    private string? SenderOf(string adapterId, AccessRule rule, InboundMessage message) => _own.SenderOf(adapterId, message, other => ruleOf(other).Plugin == rule.Plugin);

    /// <summary>What its own account has done says nothing of who wanted it.</summary>
    private DiscardCause Added(string adapterId, AccessRule rule, InboundMessage message)
    {
        if (rule.AdmitsPaired && !message.Sender.IsSelf) LetIn(adapterId, message);
        return DiscardCause.BotAdded;
    }

    /// <summary>Where somebody speaks who may, or brings the bot, the group is theirs.</summary>
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
            if (message.MentionsBot && !sender.IsBot && pairings.Ask(adapterId, sender, chat)) log.GroupCodeSent(adapterId, chat.Id, sender.Id, name, PairingRequests.CodeLife.TotalMinutes);
            else if (_throttled.TryAcquire(adapterId, DiscardCause.Stranger, out var more)) log.GroupIsClosed(adapterId, chat.Id, sender.Id, name, more);
            return;
        }

        if (rule.OffersPairing && !sender.IsBot && pairings.Ask(adapterId, sender, chat)) log.CodeSent(adapterId, sender.Id, name, PairingRequests.CodeLife.TotalMinutes);
        else if (_throttled.TryAcquire(adapterId, DiscardCause.Stranger, out var others)) log.StrangerTurnedAway(adapterId, sender.Id, name, chat.Id, others);
    }
}
