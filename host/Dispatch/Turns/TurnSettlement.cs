using PluginGateway.Dispatch.External;
using PluginGateway.Guard.Calls;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Turns;

/// <summary>Outcome of a turn whose attempt has ended: handled, run again, put off or parked. Only on the loop's thread.</summary>
internal sealed class TurnSettlement(DispatchLoop loop, MessageStore store, HandlerOutages outages, ILogger log)
{
    /// <summary>Takes a turn that is settled out of its session.</summary>
    public required Action<SessionQueue, PendingTurn, MessageEventKind, string?> Finished { get; init; }

    /// <summary>Lets the next turn of a session start, or the same one again.</summary>
    public required Action<SessionQueue> Released { get; init; }

    /// <summary>Stores the end of a turn that was handled.</summary>
    public void End(TurnRun run)
    {
        var end = run.Host.ToEnd();
        loop.Persist<bool>(done => store.EndTurn(end, done), commandResult =>
        {
            if (commandResult.Failure is { Code: StoreCode.ReplyLost } lost) Fail(run, lost.Message);
            else Finished(run.Session, run.Turn, MessageEventKind.Handled, null);
        });
    }

    /// <summary>Ends a turn that no handler receives.</summary>
    public void EndUnhandled(SessionQueue session, PendingTurn turn) => loop.Persist<bool>(
        done => store.EndTurn(new TurnEnd(turn.Ids, new ReplyLedger(), null), done), _ => Finished(session, turn, MessageEventKind.Handled, null));

    /// <summary>Decides on a turn whose call has ended otherwise.</summary>
    public void Settle(TurnRun run, CallEnd end)
    {
        // Of a generation that is torn down those turns have an attempt less that were overdue, or failed by themselves.
        var isCancelled = end is { Kind: CallEndKind.Failed, Failure.IsCancellation: true } && run.Host.CancelReason == TurnCancelReason.Stopping;
        if (isCancelled || end is { Kind: CallEndKind.Refused } or { Failure.HadNoEffect: true })
            RunAgain(run, countsAs: run.Turn.Attempt - 1, end.Describe(), TurnPolicy.AfterRefusal);
        else if (end.Failure?.NotNow is { } wait) Defer(run, run.Host.LackOfRoom ?? end.Describe(), wait);
        else Fail(run, $"The handler {(end.Kind == CallEndKind.Overdue ? "" : "failed: ")}{end.Describe()}");
    }

    /// <summary>Plans another attempt. The turn stays the first of its session, and holds it until it is due.</summary>
    public void RunAgain(TurnRun run, int countsAs, string reason, TimeSpan delay)
    {
        run.Turn.Attempt = countsAs;
        var (due, retry) = (loop.Now + delay, new object());
        run.Session.Retry = retry;
        loop.Persist<bool>(done => store.FailTurn(run.Turn.Ids, countsAs, reason, done), _ => loop.At(due, () =>
        {
            // A stop has ended the wait.
            if (run.Session.Retry != retry) return;
            run.Session.Retry = null;
            Released(run.Session);
        }));
    }

    public void Park(SessionQueue session, PendingTurn turn, string reason)
    {
        log.TurnParked(turn.Lead.Id, turn.Lead.AdapterId, reason);
        loop.Persist<bool>(done => store.ParkTurn(turn.Ids, reason, done), _ => Finished(session, turn, MessageEventKind.TurnParked, reason));
    }

    /// <summary>The handler's backend is away, or its adapter owes all that it may, which is said of the adapter: the turn waits without losing an
    /// attempt, for a day at most.</summary>
    private void Defer(TurnRun run, string reason, TimeSpan demanded)
    {
        var turn = run.Turn;
        turn.PutOffSince ??= loop.Now;
        if (loop.Now - turn.PutOffSince >= TurnPolicy.LongestPutOff)
        {
            Park(run.Session, turn, $"Put off for {TurnPolicy.LongestPutOff.TotalHours:0} h: {reason}");
            return;
        }

        if (run.Host.LackOfRoom is null) outages.Record(run.Handler.Port.HandlerId, reason);
        var delay = TurnPolicy.Defer(++turn.PutOffs, demanded);
        log.TurnPutOff(turn.Lead.Id, turn.Lead.AdapterId, reason, delay.TotalSeconds);
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
            Park(run.Session, run.Turn, reason);
            return;
        }

        var delay = TurnPolicy.Backoff(attempt);
        log.TurnFailed(run.Turn.Lead.Id, run.Turn.Lead.AdapterId, attempt, reason, delay.TotalSeconds);
        RunAgain(run, attempt, reason, delay);
    }
}
