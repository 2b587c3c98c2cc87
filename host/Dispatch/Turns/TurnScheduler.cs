using PluginGateway.Dispatch.External;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Dispatch.Outbound;
using PluginGateway.Guard.Calls;
using PluginGateway.Store;
using PluginGateway.Store.Engine;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Owns the turns that wait or run: one at a time in a session, adapters served in turn, three attempts
/// (<see cref="TurnSettlement"/>). Only on the loop's thread.</summary>
internal sealed partial class TurnScheduler
{
    private readonly DispatchLoop _loop;
    private readonly MessageStore _store;
    private readonly MessageQuota _pending;
    private readonly OutboundQueue _sends;
    private readonly TurnServices _services;
    private readonly MessageEvents _events;
    private readonly ILogger _log;
    private readonly Dictionary<string, SessionQueue> _sessions = new(StringComparer.Ordinal);
    private readonly WaitingSessions _waiting;
    private readonly HandlerOutages _handlerOutages;
    private readonly TypingIndicators _typing;
    private readonly TurnSettlement _settlement;
    private readonly StoppedTurns _stopped;
    private readonly OpenSenders _senders;
    private readonly Func<string, string> _handlerOf;
    private readonly TurnCollector _collector;
    private readonly Dictionary<string, AttachedHandler> _handlers = new(StringComparer.Ordinal);
    private readonly HashSet<TurnRun> _running = [];
    private readonly HashSet<long> _known = [];
    private readonly RowsBeforeSessions _older = new();

    public TurnScheduler(
        DispatchLoop loop, MessageStore store, MessageQuota pending, OutboundQueue sends, Func<string, string> handlerOf, TurnServices services,
        MessageEvents events, ILogger log)
    {
        (_handlerOf, _senders) = (handlerOf, services.Judge.Senders);
        (_loop, _store, _pending, _sends, _services, _events, _log) = (loop, store, pending, sends, services, events, log);
        _waiting = new WaitingSessions(handlerOf, services.Outbox.Room);
        _handlerOutages = new HandlerOutages(loop);
        _typing = new TypingIndicators(loop, sends);
        _settlement = new TurnSettlement(loop, store, _handlerOutages, log) { Finished = Finish, Released = Release };
        _stopped = new StoppedTurns(loop) { Released = Release };
        _collector = new TurnCollector(loop, store, services) { Released = Wake };
    }

    /// <summary>True while no new turn is started.</summary>
    public bool IsDraining { get; set; }

    public int Running => _running.Count;

    public int Waiting => _known.Count;

    /// <summary>Number of messages that are held, because more of their turns may come.</summary>
    public int Held => _sessions.Values.Sum(_collector.HeldIn);

    /// <summary>Handlers whose backends are away. Any thread.</summary>
    public IReadOnlyList<HandlerOutage> Outages => _handlerOutages.Current;

    public IReadOnlyList<RunningTurn> Snapshot() => [.. _running.Select(run => run.Describe(_loop))];

    /// <summary>Stopped turns whose calls have not ended.</summary>
    public StoppedTurns Stopped => _stopped;

    /// <summary>Returns turns for the operator: those that run, those that were stopped, then those that wait.</summary>
    public IReadOnlyList<TurnReport> List(int most) =>
        [.. new TurnReports(_loop, _handlerOf, _stopped).Of(_running, _sessions.Values).Take(most)];

    /// <summary>Returns true for a message that waits for its turn or has one.</summary>
    public bool Knows(long inboxId) => _known.Contains(inboxId);

    /// <summary>Takes a message that waits for an answer, or a further one of a turn that had begun before the start.</summary>
    public void Add(InboxRow row)
    {
        if (!_known.Add(row.Id)) return;
        _older.Add(row);
        if (!_sessions.TryGetValue(row.SessionKey, out var session))
            _sessions.Add(row.SessionKey, session = new SessionQueue(row.SessionKey, row.AdapterId));
        if (row.Turn is { } lead && lead != row.Id && session.Turns.FirstOrDefault(turn => turn.Lead.Id == lead) is { } begun)
        {
            begun.Add(row, WaitingEvent.Of(row));
            return;
        }

        _collector.Add(session, row);
        Schedule(session);
    }

    public void Attach(HandlerPort port) => _handlers[port.HandlerId] = new AttachedHandler(port);

    /// <summary>Detaches a generation of a handler. Its running turns end through their calls.</summary>
    public void Detach(string handlerId, int generation)
    {
        if (!_handlers.TryGetValue(handlerId, out var handler) || handler.Port.Generation != generation) return;
        _handlers.Remove(handlerId);
        _handlerOutages.End(handlerId);
    }

    /// <summary>Applies a change of the handlers of adapters.</summary>
    public void Reroute() => _waiting.Reroute();

    /// <summary>Starts every turn that may start: none while its replies could not be stored.</summary>
    public void Advance()
    {
        if (IsDraining || _store.Failure is not null) return;
        _waiting.Recall();
        foreach (var (handlerId, handler) in _handlers)
        {
            while (handler.HasPlace && _waiting.TryDequeue(handlerId, handler.HasShare, out var session))
            {
                // What waited may have been stopped meanwhile.
                if (session.Turns.Count > 0) Start(session, handler);
                else Schedule(session);
            }
        }
    }

    private void Schedule(SessionQueue session)
    {
        foreach (var row in _collector.TakeUnaddressed(session)) if (_known.Remove(row.Id)) _pending.Release(row.AdapterId, row.Payload.Length);
        TrySupersede(session);
        if (session.IsBusy || session.IsQueued) return;
        if (session.Turns.Count == 0) _sessions.Remove(session.Key);
        else if (!_collector.IsHeld(session, session.Turns.Peek()) && !_older.Hold(session.Turns.Peek().Lead)) _waiting.Enqueue(session);
    }

    /// <summary>Continues with a session in which a turn was held; nothing where the session has ended since.</summary>
    private void Wake(SessionQueue session)
    {
        if (_sessions.GetValueOrDefault(session.Key) == session) Schedule(session);
    }

    private void Start(SessionQueue session, AttachedHandler handler)
    {
        session.IsBusy = true;
        var turn = session.Turns.Peek();
        if (turn.Attempt >= TurnPolicy.MaxAttempts)
            _settlement.Park(session, turn, $"The gateway ended {turn.Attempt} times while this was being answered.");
        else if (TurnEvents.Read(turn) is not { } received) _settlement.Park(session, turn, "The stored message cannot be read.");
        else if (TurnEvents.FormsFor(handler, received) is { } forms) Begin(session, turn, handler, forms);
        // It was accepted before the handler's declaration was known, or under an earlier one.
        else _settlement.EndUnhandled(session, turn);
    }

    /// <summary>Begins the next turn of a session in the commit that ends the one before, unless another session waits for the handler.</summary>
    private void BeginNext(TurnRun ending)
    {
        var (session, handler) = (ending.Session, ending.Handler);
        var handlerId = handler.Port.HandlerId;
        if (IsDraining || _store.Failure is not null || _handlers.GetValueOrDefault(handlerId) != handler
            || !handler.HasPlace
            || session.Turns.ElementAtOrDefault(1) is not { Attempt: < TurnPolicy.MaxAttempts } next || !_waiting.MayPass(session, handlerId)
            || _collector.IsHeld(session, next) || (!next.IsBegun && Collecting.IsUnaddressed(next.Waiting)))
            return;
        if (TurnEvents.Read(next) is { } received && TurnEvents.FormsFor(handler, received) is { } forms) session.Next = Begin(session, next, handler, forms);
    }

    private TurnRun Begin(SessionQueue session, PendingTurn turn, AttachedHandler handler, InboundEvent[] received)
    {
        turn.Attempt++;
        var isFirst = !turn.IsBegun;
        turn.IsBegun = true;
        handler.Enter(turn.Lead.AdapterId);
        _senders.Add(turn.Lead.Id, turn.Lead.AdapterId, received[^1]);
        var host = HostOf(turn, handler, received);
        var run = new TurnRun(session, turn, host, handler, _loop.Now);
        _running.Add(run);
        if (turn.Attempt == 1) foreach (var row in turn.Unaddressed) _events.Accepted(row);
        if (received[^1] is InboundMessage { Chat: var chat } && _sends.ShowsTyping(turn.Lead.AdapterId))
            _typing.Begin(turn.Lead.AdapterId, chat, () => _running.Contains(run) && !run.WaitsForFiles);
        var owner = MemoryOwners.Of(turn.Lead, received[^1], handler.Port.HandlerId);
        _store.BeginTurn(turn.Ids, turn.Attempt, owner, commandResult => _loop.Post(() => OnBegun(run, commandResult)), isFirst);
        return run;
    }

    /// <summary>Gives the turn to the handler. Its attempt is durable by then: one that ends the process at once is counted too.</summary>
    private void OnBegun(TurnRun run, CommandResult<TurnBegin> commandResult)
    {
        var begin = commandResult.Value;
        var isBegun = begin is { IsBegun: true };
        if (run.Session.Next == run)
        {
            // The turn before it could not be ended yet, and is to be repeated first.
            if (isBegun) _store.FailTurn(run.Turn.Ids, run.Turn.Attempt - 1, "the turn before it has not ended", static _ => { });
            Withdraw(run);
            return;
        }

        if (isBegun && !IsDraining && _running.Contains(run))
        {
            run.Host.Load(begin!);
            run.Call = new TurnCall(run.Host, new LoopSink(_loop, OnSettled)) { Tag = run, Source = new CancellationTokenSource() };
            run.Handler.Port.Post(run.Call);
            TrySupersede(run.Session);
            return;
        }

        run.Handler.Leave(run.Session.AdapterId);
        if (run.IsStopped) Release(run.Session);
        if (!_running.Remove(run)) return;
        run.Host.Close();
        if (isBegun) _settlement.RunAgain(run, run.Turn.Attempt - 1, "The gateway is stopping.", TurnPolicy.AfterRefusal);
        else if (begin is not null) LeaveOut(run, begin.Settled);
        else
        {
            run.Turn.Attempt--;
            _loop.At(_loop.Now + DispatchLoop.StoreRetry, () => Release(run.Session));
        }
    }

    /// <summary>Takes messages out of a turn that has not begun, because they were settled meanwhile. What is left of it begins.</summary>
    private void LeaveOut(TurnRun run, IReadOnlyList<long> settled)
    {
        run.Turn.Attempt--;
        foreach (var row in run.Turn.Remove(settled)) Forget(row, MessageEventKind.Dropped, null);
        if (run.Turn.Members.Count == 0) run.Session.Turns.Dequeue();
        Release(run.Session);
    }

    /// <summary>Cancels the attempt at the second turn of a session; it does not count.</summary>
    private void Withdraw(TurnRun run)
    {
        run.Session.Next = null;
        run.Handler.Leave(run.Session.AdapterId);
        run.Turn.Attempt--;
        run.Host.Close();
        _running.Remove(run);
    }

    private void Release(SessionQueue session)
    {
        session.IsBusy = session.Next is not null;
        session.Next = null;
        Schedule(session);
    }

    private void OnSettled(GuardedCall call)
    {
        var run = (TurnRun)call.Tag!;
        run.Handler.Leave(run.Session.AdapterId);
        if (_stopped.End(run) || !_running.Contains(run)) return;
        if (run.IsBeingSuperseded) run.HasReturned = true;
        else Settle(run, run.Call!);
    }

    /// <summary>Decides on a turn whose call has ended.</summary>
    private void Settle(TurnRun run, GuardedCall call)
    {
        _running.Remove(run);
        // What the handler does behind the end of its turn changes nothing any more.
        if (call.End.Kind != CallEndKind.Completed && !run.Host.IsFinished)
        {
            run.Host.Close();
            _settlement.Settle(run, call.End);
            return;
        }

        if (_handlerOutages.End(run.Handler.Port.HandlerId) is { } absence)
            _log.HandlerAnswersAgain(run.Handler.Port.HandlerId, absence.For.TotalSeconds, absence.Times);
        if (run.Host.End(() => _loop.Post(() => EndAfterFiles(run)))) End(run);
        else WaitForFiles(run);
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
        _settlement.End(run);
        BeginNext(run);
    }

    private void Finish(SessionQueue session, PendingTurn turn, MessageEventKind how, string? reason)
    {
        foreach (var row in turn.Members) Forget(row, how, reason);
        // A stop may have taken it out while its end was being stored.
        if (session.Turns.TryPeek(out var first) && first == turn) session.Turns.Dequeue();
        Release(session);
    }

    private void Forget(InboxRow row, MessageEventKind how, string? reason)
    {
        if (!_known.Remove(row.Id)) return;
        _senders.Remove(row.Id);
        _events.Publish(how, row.Id, row.AdapterId, row.Conversation, reason);
        _pending.Release(row.AdapterId, row.Payload.Length);
        if (!_older.Remove(row)) return;
        foreach (var held in _sessions.Values.Where(held => held.Turns.TryPeek(out var turn) && turn.Lead.Conversation == row.Conversation).ToArray()) Schedule(held);
    }
}
