using PluginGateway.Access;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch.Outbound;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Judges events before they are stored: the access rules, the handler's declaration, and the session. Any thread.</summary>
/// <param name="accessFilter">The access rules.</param>
/// <param name="clock">The clock.</param>
internal sealed class InboundJudge(IAccessFilter accessFilter, TimeProvider clock)
{
    private readonly OpenWindows _windows = new(clock);

    /// <summary>Declarations of handlers.</summary>
    public HandlerDeclarations Declared { get; } = new();

    /// <summary>Returns the handler id that answers an adapter id. Any thread; set once, before the first event.</summary>
    public Func<string, string> HandlerOf { get; set; } = static adapterId => adapterId;

    /// <summary>Returns the options of an adapter's conversations. Any thread; set once, before the first event.</summary>
    public Func<string, ConversationOptions> ConversationOf { get; set; } = static _ => new();

    /// <summary>Returns the abilities of an adapter id. Any thread; set once, before the first event.</summary>
    public Func<string, AdapterAbilities> AbilitiesOf { get; set; } = static _ => AdapterAbilities.Unknown;

    /// <summary>Returns the names of the control words of an adapter id. Any thread; set once, before the first event.</summary>
    public Func<string, ControlWordOptions> WordsOf { get; set; } = static _ => new ControlWordOptions();

    /// <summary>Senders of whom a turn runs.</summary>
    public OpenSenders Senders { get; } = new();

    /// <summary>Judges an event, and writes the form in which it is stored. Of a discarded event the state is stored: a cursor that stood still would
    /// bring the event again and again.</summary>
    public OfferedEvent Offer(AdapterInbox inbox, InboundEvent e)
    {
        var adapterId = inbox.AdapterId;
        var (rules, session) = (CollectRulesOf(adapterId), SessionOf(adapterId, e));
        var marked = e is InboundMessage received && IsSplit(adapterId, received) is var isSplit && isSplit != received.IsSplit
            ? received with { IsSplit = isSplit } : e;
        var word = ControlWords.Of(e, WordsOf(adapterId));
        var cause = CauseOf(adapterId, e, word);
        var isUnaddressed = cause == DiscardCause.NotMentioned && word is null && marked is InboundMessage unheard && _windows.MayBelong(session, unheard);
        if (isUnaddressed) cause = null;
        if (cause is null && word is null && marked is InboundMessage heard) _windows.Note(session, heard, rules.Hold);
        var chat = ConversationKey.OfChat(adapterId, e.Chat);
        var change = MessageChanges.Of(e, chat, cause);
        var mended = cause is null || change is not null ? InboundRules.Sanitize(marked) : e;
        byte[] payload = e is DeliveryChanged || (cause is not null && change is null) ? []
            : Payloads.Write(mended, isUnaddressed || cause == DiscardCause.NotMentioned);
        if (payload.Length > InboundRules.MaxPayloadBytes) (cause, payload, change) = (DiscardCause.TooLarge, [], null);
        if (cause is not null)
        {
            return new(e, new InboundEntry(adapterId, inbox.Generation, change is null ? null : e.EventId, "", payload, e.State)
            {
                IsDiscarded = true,
                Change = change,
                Left = InboundRules.LeftIn(e, inbox.ProvesSenders),
            }, cause);
        }

        if (e is DeliveryChanged report) return new(e, DeliveryReports.Of(report, adapterId, inbox.Generation, chat), null);
        var (condition, about) = (accessFilter.ConditionOf(adapterId, e), InboundRules.MessageAbout(e));
        var conversation = ConversationKey.Of(adapterId, e.Chat);
        var entry = new InboundEntry(adapterId, inbox.Generation, e.EventId, conversation, payload, e.State)
        {
            Session = session == conversation ? null : session,
            FollowsAbout = SessionRule.FollowsMessage(e),
            About = condition is null && about is null ? null : new SentMessage(chat, condition is null ? about : condition.MessageId),
            OnlyIfSent = condition is not null,
            Message = e is InboundMessage { MessageId: { } messageId } ? new PlatformMessage(chat, messageId) : null,
            Change = change,
            Press = isUnaddressed ? null : Presses.Of(mended, chat, adapterId, HandlerOf, AbilitiesOf),
            Ticket = inbox.KeepsTickets ? e.Ticket : null,
            IsUnproven = !inbox.ProvesSenders,
            Left = InboundRules.LeftIn(e, inbox.ProvesSenders),
        };
        return new(e, word is null ? entry : entry with { Control = ControlOf(entry, (InboundMessage)mended, word.Value) }, null);
    }

    /// <summary>Returns the rules by which messages of an adapter are collected.</summary>
    public CollectRules CollectRulesOf(string adapterId)
    {
        var options = ConversationOf(adapterId);
        return new(
            SessionRule.HoldOf(options, Declared.Of(HandlerOf(adapterId))), options.Busy != BusyMode.Queue, options.Busy == BusyMode.Interrupt);
    }

    private string SessionOf(string adapterId, InboundEvent e) =>
        SessionRule.KeyOf(adapterId, e, ConversationOf(adapterId).Scope, Declared.Of(HandlerOf(adapterId)));

    private bool IsSplit(string adapterId, InboundMessage message) =>
        AbilitiesOf(adapterId) is { ClientSplitLength: > 0 and var length, TextUnit: var unit }
        && message.Text.Length * (unit == TextUnit.Utf8Bytes ? 3 : 1) >= length && TextSplitter.Measure(message.Text, unit) >= length;

    /// <summary>Returns the cause for which an event is discarded. A control word needs no mention of the bot while a message of its sender is being
    /// handled in that chat.</summary>
    private DiscardCause? CauseOf(string adapterId, InboundEvent e, ControlWord? word)
    {
        if (e is DeliveryChanged) return InboundRules.Discard(e);
        var cause = InboundRules.Discard(e) ?? accessFilter.Judge(adapterId, e);
        if (cause == DiscardCause.NotMentioned && word is not null && e.Sender is { IsBot: false } sender && Senders.Has(adapterId, e.Chat, sender)) return null;
        if (cause is not null) return cause;
        if (Declared.Wants(HandlerOf(adapterId), e)) return null;
        return e is MembersChanged { Change: MemberChange.BotAdded } ? DiscardCause.BotAdded : DiscardCause.Unsupported;
    }

    private ControlEntry ControlOf(InboundEntry entry, InboundMessage message, ControlWord word)
    {
        var (adapterId, sender, handlerId) = (entry.AdapterId, message.Sender, HandlerOf(entry.AdapterId));
        var isRefused = word == ControlWord.New && IsShared(entry, message) && !accessFilter.IsAdmin(adapterId, sender);
        return new ControlEntry(
            Stops: !isRefused && word is ControlWord.Stop or ControlWord.New, Begins: !isRefused && word == ControlWord.New, handlerId,
            ConversationKey.OfChat(adapterId, message.Chat), Answer);

        byte[] Answer(ControlResult result) => Payloads.Write(message.Chat, new Reply(TextOf(result))
        {
            ReplyTo = message.Chat.Kind == ChatKind.Direct ? null : message.MessageId,
        });

        string TextOf(ControlResult result) => word switch
        {
            ControlWord.Stop => ControlAnswers.Stopped(result, sender.Language),
            ControlWord.New => isRefused ? ControlAnswers.NotAllowed(sender.Language) : ControlAnswers.Begun(sender.Language),
            ControlWord.Status => ControlAnswers.Status(result, sender.Language),
            _ => ControlAnswers.Help(Declared.Of(handlerId)?.Commands ?? [], WordsOf(adapterId), PrefixOf(message), sender.Language),
        };
    }

    /// <summary>True: the session is that of everybody in a group.</summary>
    private static bool IsShared(InboundEntry entry, InboundMessage message) =>
        message.Chat.Kind != ChatKind.Direct && (entry.Session ?? entry.Conversation) == entry.Conversation;

    /// <summary>Returns the prefix with which this sender writes commands.</summary>
    private static char PrefixOf(InboundMessage message) => message.Command is null && message.Text.Contains('!', StringComparison.Ordinal) ? '!' : '/';
}
