using PluginGateway.Dispatch.External;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Dispatch.Outbound;
using PluginGateway.Guard.Calls;
using PluginGateway.Store;
using PluginGateway.Store.Engine;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Owns the messages that wait for an answer: one turn at a time in a conversation, adapters served in turn, three attempts. Only on the
/// loop's thread.</summary>
internal sealed class TurnScheduler(
    DispatchLoop loop, MessageStore store, MessageQuota pending, OutboundQueue sends, Func<string, string> handlerOf, TurnServices services,
    MessageEvents events, ILogger log)
{
    private readonly Dictionary<string, Conversation> _conversations = new(StringComparer.Ordinal);
    private readonly WaitingConversations _waiting = new(handlerOf, services.Outbox.Room);
    private readonly HandlerOutages _handlerOutages = new(loop);
    private readonly TypingIndicators _typing = new(loop, sends);
    private readonly Dictionary<string, AttachedHandler> _handlers = new(StringComparer.Ordinal);
    private readonly HashSet<TurnRun> _running = [];
    private readonly HashSet<long> _known = [];

    /// <summary>True while no new turn is started.</summary>
    public bool IsDraining { get; set; }

    public int Running => _running.Count;

    public int Waiting => _known.Count;

    /// <summary>Handlers whose backends are away. Any thread.</summary>
    public IReadOnlyList<HandlerOutage> Outages => _handlerOutages.Current;

    public IReadOnlyList<RunningTurn> Snapshot() => [.. _running.Select(run => run.Describe(loop))];

    /// <summary>Returns true for a message that waits for its turn or has one.</summary>
    public bool Knows(long inboxId) => _known.Contains(inboxId);

    /// <summary>Takes a message that waits for an answer.</summary>
    public void Add(InboxRow row)
    {
        if (!_known.Add(row.Id)) return;
        if (!_conversations.TryGetValue(row.Conversation, out var conversation))
            _conversations.Add(row.Conversation, conversation = new Conversation(row.Conversation, row.AdapterId));
        conversation.Turns.Enqueue(new PendingTurn(row));
        Schedule(conversation);
    }

    public void Attach(HandlerPort port) => _handlers[port.HandlerId] = new AttachedHandler(port);

    /// <summary>Detaches a generation of a handler. Its running turns end through their calls.</summary>
    public void Detach(string handlerId, int generation)
    {
        if (!_handlers.TryGetValue(handlerId, out var handler) || handler.Port.Generation != generation) return;
        _handlers.Remove(handlerId);
        _handlerOutages.End(handlerId);
    }

    /// <summary>Stops waiting for the turns that run on this generation: they run again on the next, and this attempt does not count.</summary>
    public void Interrupt(string handlerId, int generation)
    {
        foreach (var run in _running.Where(run => run.Handler.Port.HandlerId == handlerId && run.Handler.Port.Generation == generation).ToArray())
        {
            _running.Remove(run);
            run.Host.Close();
            const string Reason = "its handler was replaced by a reload";
            if (run.Conversation.Next != run)
            {
                RunAgain(run, countsAs: run.Turn.Attempt - 1, Reason, TimeSpan.Zero);
                continue;
            }

            run.Conversation.Next = null;
            store.FailTurn(run.Turn.Row.Id, --run.Turn.Attempt, Reason, static _ => { });
        }
    }

    /// <summary>Applies a change of the handlers of adapters.</summary>
    public void Reroute() => _waiting.Reroute();

    /// <summary>Starts every turn that may start: none while its replies could not be stored.</summary>
    public void Advance()
    {
        if (IsDraining || store.Failure is not null) return;
        _waiting.Recall();
        foreach (var (handlerId, handler) in _handlers)
        {
            while (handler.Running < handler.Port.ConcurrentTurns && _waiting.TryDequeue(handlerId, out var conversation))
                Start(conversation, handler);
        }
    }

    /// <summary>Stops waiting for the turns that run: they run again after the next start, and this attempt does not count.</summary>
    public void StopRunning()
    {
        foreach (var run in _running)
        {
            run.Host.Close();
            store.FailTurn(run.Turn.Row.Id, run.Turn.Attempt - 1, "interrupted by a stop", static _ => { });
        }

        _running.Clear();
    }

    private void Schedule(Conversation conversation)
    {
        if (conversation.IsBusy || conversation.IsQueued) return;
        if (conversation.Turns.Count > 0) _waiting.Enqueue(conversation);
        else _conversations.Remove(conversation.Key);
    }

    private void Start(Conversation conversation, AttachedHandler handler)
    {
        conversation.IsBusy = true;
        var turn = conversation.Turns.Peek();
        if (turn.Attempt >= TurnPolicy.MaxAttempts)
            Park(conversation, turn, $"The gateway ended {turn.Attempt} times while this was being answered.");
        else if (Payloads.TryRead(turn.Row) is not { } received)
            Park(conversation, turn, "The stored message cannot be read.");
        else if (HandlerEvents.FormFor(handler.Port.Traits.Events, received) is { } form) Begin(conversation, turn, handler, form);
        // It was accepted before the handler's declaration was known, or under an earlier one.
        else loop.Persist(done => store.EndTurn(turn.Row.Id, new ReplyLedger(), done), _ => Finish(conversation, turn, MessageEventKind.Handled));
    }

    /// <summary>Begins the next turn of a conversation in the commit that ends the one before, unless another conversation waits for the
    /// handler.</summary>
    private void BeginNext(TurnRun ending)
    {
        var (conversation, handler) = (ending.Conversation, ending.Handler);
        var handlerId = handler.Port.HandlerId;
        if (IsDraining || store.Failure is not null || _handlers.GetValueOrDefault(handlerId) != handler
            || handler.Running >= handler.Port.ConcurrentTurns
            || conversation.Turns.ElementAtOrDefault(1) is not { Attempt: < TurnPolicy.MaxAttempts } next
                || !_waiting.MayPass(conversation, handlerId))
            return;
        if (Payloads.TryRead(next.Row) is { } received && HandlerEvents.FormFor(handler.Port.Traits.Events, received) is { } form)
            conversation.Next = Begin(conversation, next, handler, form);
    }

    private TurnRun Begin(Conversation conversation, PendingTurn turn, AttachedHandler handler, InboundEvent received)
    {
        turn.Attempt++;
        handler.Running++;
        var host = new HostTurn(turn, received, handler.Port.HandlerId, services, sends.AbilitiesOf(turn.Row.AdapterId), log);
        var run = new TurnRun(conversation, turn, host, handler, loop.Now);
        _running.Add(run);
        if (received is InboundMessage && sends.ShowsTyping(turn.Row.AdapterId))
            _typing.Begin(turn.Row.AdapterId, received.Chat, () => _running.Contains(run) && !run.WaitsForFiles);
        store.BeginTurn(turn.Row.Id, turn.Attempt, commandResult => loop.Post(() => OnBegun(run, commandResult)));
        return run;
    }

    /// <summary>Gives the turn to the handler. Its attempt is durable by then: one that ends the process at once is counted too.</summary>
    private void OnBegun(TurnRun run, CommandResult<bool> commandResult)
    {
        if (run.Conversation.Next == run)
        {
            // The turn before it could not be ended yet, and is to be repeated first.
            if (commandResult.Value) store.FailTurn(run.Turn.Row.Id, run.Turn.Attempt - 1, "the turn before it has not ended", static _ => { });
            Withdraw(run);
            return;
        }

        if (_running.Contains(run) && commandResult.Value && !IsDraining)
        {
            run.Handler.Port.Post(new TurnCall(run.Host, new LoopSink(loop, OnSettled)) { Tag = run });
            return;
        }

        run.Handler.Running--;
        if (!_running.Remove(run)) return;
        run.Host.Close();
        if (commandResult.Value) RunAgain(run, run.Turn.Attempt - 1, "The gateway is stopping.", TurnPolicy.AfterRefusal);
        // The operator has dropped it meanwhile.
        else if (commandResult.IsDurable) Finish(run.Conversation, run.Turn, MessageEventKind.Dropped);
        else
        {
            run.Turn.Attempt--;
            loop.At(loop.Now + DispatchLoop.StoreRetry, () => Release(run.Conversation));
        }
    }

    /// <summary>Cancels the attempt at the second turn of a conversation; it does not count.</summary>
    private void Withdraw(TurnRun run)
    {
        run.Conversation.Next = null;
        run.Handler.Running--;
        run.Turn.Attempt--;
        run.Host.Close();
        _running.Remove(run);
    }

    private void Release(Conversation conversation)
    {
        conversation.IsBusy = conversation.Next is not null;
        conversation.Next = null;
        Schedule(conversation);
    }

    private void OnSettled(GuardedCall call)
    {
        var run = (TurnRun)call.Tag!;
        run.Handler.Running--;
        if (!_running.Remove(run)) return;
        if (call.End.Kind == CallEndKind.Completed)
        {
            if (_handlerOutages.End(run.Handler.Port.HandlerId) is { } absence)
                log.HandlerAnswersAgain(run.Handler.Port.HandlerId, absence.For.TotalSeconds, absence.Times);
            if (run.Host.End(() => loop.Post(() => EndAfterFiles(run)))) End(run);
            else WaitForFiles(run);
            return;
        }

        run.Host.Close();
        if (call.End is { Kind: CallEndKind.Refused } or { Failure.HadNoEffect: true }) RunAgain(run, countsAs: run.Turn.Attempt - 1, call.End.Describe(), TurnPolicy.AfterRefusal);
        else if (call.End.Failure?.NotNow is { } wait) Defer(run, run.Host.LackOfRoom ?? call.End.Describe(), wait);
        else Fail(run, $"The handler {(call.End.Kind == CallEndKind.Overdue ? "" : "failed: ")}{call.End.Describe()}");
    }

    /// <summary>Keeps a turn running whose handler has returned while files of its replies are still being copied: a stop and <c>status</c> see it
    /// until they are, or their deadline has passed.</summary>
    private void WaitForFiles(TurnRun run)
    {
        run.WaitsForFiles = true;
        _running.Add(run);
    }

    private void EndAfterFiles(TurnRun run)
    {
        if (_running.Remove(run)) End(run);
    }

    private void End(TurnRun run)
    {
        loop.Persist(done => store.EndTurn(run.Turn.Row.Id, run.Host.Replies, done), commandResult =>
        {
            if (commandResult.Failure is { Code: StoreCode.ReplyLost } lost) Fail(run, lost.Message);
            else Finish(run.Conversation, run.Turn, MessageEventKind.Handled);
        });
        BeginNext(run);
    }

    /// <summary>The handler's backend is away, or its adapter owes all that it may, which is said of the adapter: the turn waits without losing an
    /// attempt, for a day at most.</summary>
    private void Defer(TurnRun run, string reason, TimeSpan demanded)
    {
        var turn = run.Turn;
        turn.PutOffSince ??= loop.Now;
        if (loop.Now - turn.PutOffSince >= TurnPolicy.LongestPutOff)
        {
            Park(run.Conversation, turn, $"Put off for {TurnPolicy.LongestPutOff.TotalHours:0} h: {reason}");
            return;
        }

        if (run.Host.LackOfRoom is null) _handlerOutages.Record(run.Handler.Port.HandlerId, reason);
        var delay = TurnPolicy.Defer(++turn.PutOffs, demanded);
        log.TurnPutOff(turn.Row.Id, turn.Row.AdapterId, reason, delay.TotalSeconds);
        RunAgain(run, turn.Attempt - 1, reason, delay);
    }

    private void Fail(TurnRun run, string reason)
    {
        var attempt = run.Turn.Attempt;
        if (run.Host.Replies.HasLost)
        {
            // The store's fault, not the handler's.
            RunAgain(run, attempt - 1, run.Host.LackOfRoom ?? "A reply could not be stored.", TurnPolicy.Backoff(1));
            return;
        }

        if (attempt >= TurnPolicy.MaxAttempts)
        {
            Park(run.Conversation, run.Turn, reason);
            return;
        }

        var delay = TurnPolicy.Backoff(attempt);
        log.TurnFailed(run.Turn.Row.Id, run.Turn.Row.AdapterId, attempt, reason, delay.TotalSeconds);
        RunAgain(run, attempt, reason, delay);
    }

    /// <summary>Plans another attempt. The turn stays the first of its conversation, and holds it until it is due.</summary>
    private void RunAgain(TurnRun run, int countsAs, string reason, TimeSpan delay)
    {
        run.Turn.Attempt = countsAs;
        var due = loop.Now + delay;
        loop.Persist(done => store.FailTurn(run.Turn.Row.Id, countsAs, reason, done), _ => loop.At(due, () => Release(run.Conversation)));
    }

    private void Park(Conversation conversation, PendingTurn turn, string reason)
    {
        log.TurnParked(turn.Row.Id, turn.Row.AdapterId, reason);
        loop.Persist(done => store.ParkTurn(turn.Row.Id, reason, done), _ => Finish(conversation, turn, MessageEventKind.TurnParked, reason));
    }

    private void Finish(Conversation conversation, PendingTurn turn, MessageEventKind how, string? reason = null)
    {
        events.Publish(how, turn.Row.Id, turn.Row.AdapterId, conversation.Key, reason);
        conversation.Turns.Dequeue();
        _known.Remove(turn.Row.Id);
        pending.Release(turn.Row.AdapterId, turn.Row.Payload.Length);
        Release(conversation);
    }
}
