using PluginGateway.Store;

namespace PluginGateway.Dispatch.Turns;

/// <content>Turns that a newer message of their sender supersedes (<c>conversation.busy: interrupt</c>).</content>
internal sealed partial class TurnScheduler
{
    /// <summary>Shortest time between two interrupts of a session; a message that comes earlier is collected.</summary>
    private static readonly TimeSpan BetweenInterrupts = TimeSpan.FromSeconds(1);

    /// <summary>Supersedes the running turn of a session if the one behind it may do so, and is not held any longer.</summary>
    /// <remarks>The attempt is closed first: whatever it has owed is in the store's queue by then, before the change of its messages, and nothing comes
    /// behind it. The change is one transaction. A kill before it leaves the running turn and the message behind it, a kill after it the new turn with
    /// all messages, whose replies have keys of their own.</remarks>
    private void TrySupersede(SessionQueue session)
    {
        if (IsDraining || session.Next is not null || session.Turns.ElementAtOrDefault(1) is not { Interrupts: true } next
            || _collector.IsHeld(session, next) || Collecting.IsUnaddressed(next.Waiting))
            return;
        var turn = session.Turns.Peek();
        if (_running.FirstOrDefault(run => run.Turn == turn) is not { IsCalled: true, IsBeingSuperseded: false } run || run.Host.IsFinished) return;
        next.Interrupts = false;
        if (_loop.Now - session.Interrupted < BetweenInterrupts || next.Lead.Id < turn.Lead.Id || !Collecting.MaySupersede(turn.Waiting, next.Waiting))
            return;
        session.Interrupted = _loop.Now;
        run.IsBeingSuperseded = true;
        run.Host.Close();
        long[] further = [.. next.Members.Select(static row => row.Id)];
        _loop.Persist<SupersededTurn>(done => _store.SupersedeTurn(turn.Ids, further, done), commandResult => OnSuperseded(run, further, commandResult.Value));
    }

    private void OnSuperseded(TurnRun run, IReadOnlyList<long> further, SupersededTurn result)
    {
        run.IsBeingSuperseded = false;
        // A stop may have taken the turn out, and a reload its attempt.
        var (session, isRunning) = (run.Session, _running.Contains(run));
        if (result.IsSuperseded)
        {
            if (session.Turns.TryPeek(out var first) && first == run.Turn) session.Supersede(further);
            if (result.Withdrawn.Count > 0) _sends.Withdraw(result.Withdrawn);
            if (!isRunning) return;
            _running.Remove(run);
            if (run.IsCalled) _stopped.Add(run, TurnCancelReason.Superseded);
            else Release(session);
        }
        else if (isRunning && run.HasReturned)
        {
            // The turn had been settled before.
            Settle(run, run.Call!);
        }
    }
}
