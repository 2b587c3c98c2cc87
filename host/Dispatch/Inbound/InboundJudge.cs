using PluginGateway.Access;
using PluginGateway.Configuration.Options;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Judges events before they are stored: the access rules, the handler's declaration, and the session. Any thread.</summary>
internal sealed class InboundJudge(IAccessFilter accessFilter)
{
    /// <summary>Declarations of handlers.</summary>
    public HandlerDeclarations Declared { get; } = new();

    /// <summary>Returns the handler id that answers an adapter id. Any thread; set once, before the first event.</summary>
    public Func<string, string> HandlerOf { get; set; } = static adapterId => adapterId;

    /// <summary>Returns the options of an adapter's conversations. Any thread; set once, before the first event.</summary>
    public Func<string, ConversationOptions> ConversationOf { get; set; } = static _ => new();

    /// <summary>Returns the abilities of an adapter id. Any thread; set once, before the first event.</summary>
    public Func<string, AdapterAbilities> AbilitiesOf { get; set; } = static _ => AdapterAbilities.Unknown;

    /// <summary>Judges an event, and writes the form in which it is stored. Of a discarded event the state is stored: a cursor that stood still would
    /// bring the event again and again.</summary>
    public OfferedEvent Offer(AdapterInbox inbox, InboundEvent e)
    {
        var adapterId = inbox.AdapterId;
        var cause = CauseOf(adapterId, e);
        var mended = cause is null ? InboundRules.Sanitize(e) : e;
        byte[] payload = cause is null && e is not DeliveryChanged ? Payloads.Write(mended) : [];
        if (payload.Length > InboundRules.MaxPayloadBytes) (cause, payload) = (DiscardCause.TooLarge, []);
        if (cause is not null)
            return new(e, new InboundEntry(adapterId, inbox.Generation, null, "", payload, e.State) { IsDiscarded = true }, cause);
        var chat = ConversationKey.OfChat(adapterId, e.Chat);
        if (e is DeliveryChanged report) return new(e, DeliveryReports.Of(report, adapterId, inbox.Generation, chat), null);
        var (condition, about) = (accessFilter.ConditionOf(adapterId, e), InboundRules.MessageAbout(e));
        var entry = new InboundEntry(adapterId, inbox.Generation, e.EventId, ConversationKey.Of(adapterId, e.Chat), payload, e.State)
        {
            About = condition is null && about is null ? null : new SentMessage(chat, condition is null ? about : condition.MessageId),
            OnlyIfSent = condition is not null,
            Press = Presses.Of(mended, chat, adapterId, HandlerOf, AbilitiesOf),
        };
        return new(e, entry, null);
    }

    private DiscardCause? CauseOf(string adapterId, InboundEvent e)
    {
        if (e is DeliveryChanged) return InboundRules.Discard(e);
        if ((InboundRules.Discard(e) ?? accessFilter.Judge(adapterId, e)) is { } cause) return cause;
        if (Declared.Wants(HandlerOf(adapterId), e)) return null;
        return e is MembersChanged { Change: MemberChange.BotAdded } ? DiscardCause.BotAdded : DiscardCause.Unsupported;
    }
}
