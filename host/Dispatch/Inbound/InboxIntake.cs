using PluginGateway.Access;
using PluginGateway.Configuration.Options;
using PluginGateway.Store;
using PluginGateway.Store.Engine;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Accepts messages: every message of every adapter is checked here on the caller's thread, first by the access filter, then goes to the
/// store, then to the dispatcher. Where there is no room, a call is refused, or waits until <see cref="Advance"/> admits it.</summary>
internal sealed class InboxIntake(MessageStore store, InboxLimits limits, IAccessFilter accessFilter, TimeProvider clock, ILogger log)
{
    /// <summary>Longest wait for the disk of a call whose answer a person or a platform waits for.</summary>
    public static readonly TimeSpan UrgentWait = TimeSpan.FromSeconds(1.5);

    private readonly WaitingCalls _waiting = new();
    private readonly LossCounter _lost = new(clock, log);
    private readonly DiscardWarnings _warnings = new(clock, log);
    private volatile bool _closed;

    /// <summary>Counts messages that are accepted and not yet handled.</summary>
    public MessageQuota Quota { get; } = new(limits);

    /// <summary>The access filter, which sees every inbound message first, and every outbound one.</summary>
    public IAccessFilter Access => accessFilter;

    /// <summary>Judges events before they are stored.</summary>
    public InboundJudge Judge { get; } = new(accessFilter, clock);

    /// <summary>Counts messages that were discarded.</summary>
    public DiscardCounters Discarded { get; } = new();

    /// <summary>Called with the answer to each interaction that has a ticket, on the store's writer or the caller's thread: must only post. Set once,
    /// before the first event.</summary>
    public Action<string, TicketAnswer>? Answered { get; set; }

    /// <summary>Called with each accepted message, in the order of the commits, on the store's writer: must only post. Set once, before the first
    /// message.</summary>
    public Action<Arrival>? Arrived { get; set; }

    /// <summary>Runs something later on the dispatcher's thread. Any thread; must only post. Set once, before the first message.</summary>
    public Action<TimeSpan, Action>? Later { get; set; }

    /// <summary>Returns the number of calls of an adapter that wait for room, and the time since when the first one does.</summary>
    public (int Calls, DateTimeOffset? Since) WaitingOf(string adapterId) => _waiting.Look(adapterId);

    /// <summary>Returns the events of an adapter that were refused and are lost; null: none since the start.</summary>
    public LostEvents? LostOf(string adapterId) => _lost.Of(adapterId);

    /// <summary>An adapter id is no longer configured. What of it waits stays.</summary>
    public void Forget(string adapterId)
    {
        Discarded.Forget(adapterId);
        accessFilter.Forget(adapterId);
        _waiting.Forget(adapterId);
        _lost.Forget(adapterId);
        _warnings.Forget(adapterId);
    }

    /// <summary>From now on every message is refused, so that its platform keeps it.</summary>
    public void Close()
    {
        _closed = true;
        Later?.Invoke(TimeSpan.Zero, Advance);
    }

    /// <summary>Opens the inbox of one generation of an adapter.</summary>
    /// <param name="adapterId">The adapter's id.</param>
    /// <param name="generation">Its generation.</param>
    /// <param name="inbound">The platform's treatment of a message that is not acknowledged.</param>
    /// <param name="isRetired">Returns true when the generation has been replaced. Any thread.</param>
    /// <param name="keepsTickets">True: the adapter replies by the tickets of events.</param>
    /// <param name="provesSenders">True: an id of the platform proves who a person is. Otherwise nobody knows who has left since the last
    /// generation.</param>
    public IInbox Open(
        string adapterId, int generation, InboundClass inbound, Func<bool> isRetired, bool keepsTickets = false, bool provesSenders = true)
    {
        if (!provesSenders) store.ForgetSenders(adapterId);
        return new AdapterInbox(this, adapterId, generation, inbound, _waiting.Of(adapterId), isRetired, keepsTickets, provesSenders);
    }

    /// <summary>Admits waiting calls for which there is room, in their order, and ends those of retired generations. After each step of the
    /// dispatcher.</summary>
    public void Advance() => _waiting.Advance(Leaves);

    /// <summary>Accepts one event of a generation.</summary>
    public Task<Acceptance> AcceptAsync(AdapterInbox inbox, InboundEvent e, CancellationToken cancellationToken)
    {
        InboundRules.Check(e, inbox.AdapterId, inbox.Inbound);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<Acceptance>(cancellationToken);
        if (inbox.IsRetired()) return Task.FromResult(Acceptance.Retired);
        var call = new InboxCall<Acceptance>(inbox, [Judge.Offer(inbox, e)], static verdicts => verdicts[0], cancellationToken);
        Begin(call);
        return call.Task;
    }

    /// <summary>Accepts a batch of a generation as a whole. The state goes with the last event.</summary>
    public Task<IReadOnlyList<Acceptance>> AcceptAsync(
        AdapterInbox inbox, IReadOnlyList<InboundEvent> events, IReadOnlyDictionary<string, string> state, CancellationToken cancellationToken)
    {
        var batch = InboundRules.BatchOf(events, state, Quota.Most);
        foreach (var e in batch) InboundRules.Check(e, inbox.AdapterId, inbox.Inbound);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<IReadOnlyList<Acceptance>>(cancellationToken);
        if (inbox.IsRetired()) return Task.FromResult<IReadOnlyList<Acceptance>>([.. batch.Select(static _ => Acceptance.Retired)]);
        OfferedEvent[] offered = [.. batch.Select(e => Judge.Offer(inbox, e))];
        InboundRules.CheckSize(offered.Sum(static one => (long)one.Entry.Payload.Length), nameof(events));
        var call = new InboxCall<IReadOnlyList<Acceptance>>(inbox, offered, static verdicts => verdicts, cancellationToken);
        Begin(call);
        return call.Task;
    }

    private static string ReasonOf(InboxCall call, StoreFailure? failure) => failure switch
    {
        null => "outOfOrder",
        { Code: StoreCode.Closed } => "stopping",
        _ => call.IsUrgent ? "busy" : "full",
    };

    private void Begin(InboxCall call)
    {
        call.Inbox.Refused.Begin(call);
        if (_closed) Refuse(call, "stopping");
        else if (!call.NeedsStore) Discard(call);
        else if (call.IsUrgent) BeginUrgent(call);
        else if (call.Inbox.Line.IsEmpty && TryAdmit(call)) return;
        else if (!call.Inbox.MayWait || !TryWait(call)) Refuse(call, "full");
    }

    /// <summary>Begins a call whose answer somebody waits for. It is answered in time also where the disk is not: its row counts once all the same,
    /// because an event that comes again is a duplicate.</summary>
    private void BeginUrgent(InboxCall call)
    {
        if (!TryAdmit(call)) Refuse(call, "busy");
        else Later?.Invoke(UrgentWait, () => EndLate(call));
    }

    private void EndLate(InboxCall call)
    {
        if (call.IsAnswered) return;
        call.Inbox.Refused.Add(call, isKept: false);
        if (call.TryAnswer(Acceptance.Refused("busy"))) store.Count(Total.Refused);
        if (call.IsAcknowledged) call.Inbox.Refused.Remove(call);
    }

    private bool TryAdmit(InboxCall call)
    {
        var (inbox, isKept) = (call.Inbox, call.Inbox.MayWait && !call.IsUrgent);
        if (store.RefusalFor(inbox.AdapterId) is not null) return false;
        if (!Quota.TryReserve(inbox.AdapterId, call.Size, call.Events.Count, call.HasOwnRoom, countsRefusal: !isKept)) return false;
        if (call.WaitsSince is not null) inbox.Refused.Resume(call);
        call.Open();
        Post(call);
        return true;
    }

    private void Post(InboxCall call)
    {
        StateOrder Order() => call.Inbox.OrderOf(call);
        if (call.Events is [var single]) store.Accept(single.Entry, result => Conclude(call, result.Failure, [result.Value]), Order);
        else
            store.Accept([.. call.Events.Select(static offered => offered.Entry)],
                result => Conclude(call, result.Failure, result.Value ?? []), Order);
    }

    private bool TryWait(InboxCall call)
    {
        call.Open();
        call.Inbox.Refused.Add(call, isKept: true);
        if (!call.Inbox.Line.TryEnter(call, clock.GetUtcNow())) return false;
        Later?.Invoke(TimeSpan.Zero, Advance);
        return true;
    }

    /// <summary>Judges a waiting call; false: it waits on.</summary>
    private bool Leaves(InboxCall call)
    {
        if (_closed && !call.IsAnswered) Refuse(call, "stopping");
        else if (call.Inbox.IsRetired() && !call.IsAnswered) Refuse(call, "retired", Acceptance.Retired);
        else if (call.IsAnswered) call.Inbox.Refused.Add(call, isKept: false);
        else return TryAdmit(call);
        return true;
    }

    private void Conclude(InboxCall call, StoreFailure? failure, Accepted[] results)
    {
        if (failure is null && results[0].Outcome != AcceptOutcome.OutOfOrder)
        {
            var verdicts = new Acceptance[results.Length];
            for (var i = 0; i < results.Length; i++) verdicts[i] = Conclude(call.Events[i], results[i]);
            Acknowledge(call, verdicts);
            return;
        }

        Quota.Release(call.Inbox.AdapterId, call.Size, call.Events.Count);
        var mayWait = call.Inbox.MayWait && !call.IsUrgent && !call.IsAnswered && !_closed && !call.Inbox.IsRetired();
        if (failure is not null && StoreFailures.Passes(failure) && mayWait && TryWait(call)) return;
        Refuse(call, ReasonOf(call, failure));
    }

    private Acceptance Conclude(OfferedEvent offered, Accepted accepted)
    {
        var (e, entry, cause) = offered;
        if (offered.StateSize > 0) Quota.ReleaseState(entry.AdapterId, offered.StateSize);
        if (accepted.Outcome == AcceptOutcome.Stored && entry.Report is not null)
        {
            Quota.Release(entry.AdapterId, 0);
            Arrived?.Invoke(new(entry.AdapterId, null) { Report = (entry, accepted) });
            return WithAnswer(entry.AdapterId, e, Acceptance.Stored, InteractionVerdict.Taken);
        }

        if (accepted.Changed is { } changed) Arrived?.Invoke(new(entry.AdapterId, null) { Changed = changed });
        if (accepted is { Changed: not null, InboxId: 0 })
        {
            Quota.Release(entry.AdapterId, entry.Payload.Length);
            return WithAnswer(entry.AdapterId, e, Acceptance.Stored, InteractionVerdict.Taken);
        }

        if (accepted.Control is { } control)
        {
            Quota.Release(entry.AdapterId, entry.Payload.Length);
            accessFilter.OnAdmitted(entry.AdapterId, e);
            Arrived?.Invoke(new(entry.AdapterId, null) { Control = control, Owed = control.Owed });
            return WithAnswer(entry.AdapterId, e, Acceptance.Stored, InteractionVerdict.Taken);
        }

        if (accepted.Outcome == AcceptOutcome.Stored)
        {
            var (payload, conversation, session) = accepted.Press is { } press
                ? (press.Payload, press.Conversation, press.Session)
                : (entry.Payload, entry.Conversation, accepted.Session);
            if (payload.Length != entry.Payload.Length) Quota.ReleaseState(entry.AdapterId, entry.Payload.Length - payload.Length);
            accessFilter.OnAdmitted(entry.AdapterId, e);
            Arrived?.Invoke(new(entry.AdapterId, new InboxRow(accepted.InboxId, entry.AdapterId, conversation, 0, payload)
            {
                Target = accepted.Target,
                Session = session,
                Accepted = accepted.At,
                IsUnproven = entry.IsUnproven,
            })
            { Owed = accepted.Press?.Owed });
            return WithAnswer(entry.AdapterId, e, Acceptance.Stored, InteractionVerdict.Taken);
        }

        Quota.Release(entry.AdapterId, entry.Payload.Length);
        if (cause is null) Arrived?.Invoke(new(entry.AdapterId, null));
        if (accepted.IsDuplicate) return WithAnswer(entry.AdapterId, e, Acceptance.Duplicate, InteractionVerdict.Taken);
        return Discard(entry.AdapterId, e, cause ?? (accepted.Press is { } judged ? PressAnswers.CauseOf(judged.Verdict)
            : entry.Report is null ? DiscardCause.NotMentioned : DiscardCause.UnknownMessage));
    }

    /// <summary>Discards events of which nothing is stored.</summary>
    private void Discard(InboxCall call)
    {
        for (var i = 0; i < call.Events.Count; i++) store.Count(Total.Discarded);
        Acknowledge(call, [.. call.Events.Select(offered => Discard(call.Inbox.AdapterId, offered.Event, offered.Cause!.Value))]);
    }

    private Acceptance Discard(string adapterId, InboundEvent e, DiscardCause cause)
    {
        Discarded.Count(adapterId, cause);
        _warnings.Warn(adapterId, e, cause);
        return WithAnswer(adapterId, e, cause.ToAcceptance(), PressAnswers.VerdictOf(cause));
    }

    private static void Acknowledge(InboxCall call, Acceptance[] verdicts)
    {
        call.Acknowledge();
        call.Inbox.Refused.Remove(call);
        call.TryAnswer(verdicts);
    }

    /// <summary>Adds the answer to the acceptance of a press, and delivers it where the event has a ticket.</summary>
    private Acceptance WithAnswer(string adapterId, InboundEvent e, Acceptance acceptance, InteractionVerdict verdict)
    {
        if (e is not ButtonPressed && e.Ticket is null) return acceptance;
        var answer = PressAnswers.Of(verdict, e.Sender?.Language);
        if (e.Ticket is { } ticket) Answered?.Invoke(adapterId, new TicketAnswer(ticket, e.Chat, answer));
        return e is ButtonPressed ? acceptance with { Answer = answer } : acceptance;
    }

    /// <summary>Refuses a call. Where the platform delivers nothing again, its events are lost.</summary>
    private void Refuse(InboxCall call, string reason, Acceptance? verdict = null)
    {
        call.Inbox.Refused.Add(call, isKept: false);
        if (call.Inbox.MayWait) _lost.Count(call.Inbox.AdapterId, call.Events.Count, reason);
        for (var i = 0; i < call.Events.Count && !call.IsAnswered; i++) store.Count(Total.Refused);
        call.TryAnswer(verdict ?? Acceptance.Refused(reason));
    }
}
