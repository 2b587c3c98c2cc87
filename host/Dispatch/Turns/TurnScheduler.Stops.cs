using PluginGateway.Dispatch.External;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Turns;

/// <content>Turns that are ended before their handlers have ended them: by a control word or the operator, by a reload, by the stop of the
/// gateway.</content>
internal sealed partial class TurnScheduler
{
    /// <summary>Stops waiting for the turns that run on this generation: they run again on the next, and this attempt does not count.</summary>
    public void Interrupt(string handlerId, int generation)
    {
        foreach (var run in _running.Where(run => run.Handler.Port.HandlerId == handlerId && run.Handler.Port.Generation == generation).ToArray())
        {
            _running.Remove(run);
            run.Host.Close();
            const string Reason = "its handler was replaced by a reload";
            if (run.Host.IsFinished)
            {
                _settlement.End(run);
                continue;
            }

            if (run.Session.Next != run)
            {
                _settlement.RunAgain(run, countsAs: run.Turn.Attempt - 1, Reason, TimeSpan.Zero);
                continue;
            }

            run.Session.Next = null;
            _store.FailTurn(run.Turn.Ids, --run.Turn.Attempt, Reason, static _ => { });
        }

        _stopped.Interrupt(run => run.Handler.Port.HandlerId == handlerId && run.Handler.Port.Generation == generation);
    }

    /// <summary>Takes messages out that have been settled as stopped. What runs of them is cancelled, and holds its session for a moment.</summary>
    public void Stop(ControlResult result)
    {
        if (result.Stopped.Count == 0 || !_sessions.TryGetValue(result.Session, out var session)) return;
        var runs = _running.Where(run => run.Session == session && result.Stopped.Contains(run.Turn.Lead.Id)).ToArray();
        foreach (var row in session.TakeOut(result.Stopped)) Forget(row, MessageEventKind.Dropped, "stopped");
        foreach (var run in runs)
        {
            _running.Remove(run);
            // Without a call its begin is being stored: the session is released with the answer.
            if (run.IsCalled) _stopped.Add(run, TurnCancelReason.Stopped);
            else run.Host.Close();
            run.IsStopped = true;
            if (run.WaitsForFiles || run.HasReturned) Release(session);
        }

        if (session.Retry is null) return;
        session.Retry = null;
        Release(session);
    }

    /// <summary>Stops waiting for the turns that run: they run again after the next start, and this attempt does not count.</summary>
    public void StopRunning()
    {
        foreach (var run in _running)
        {
            run.Host.Close();
            _store.FailTurn(run.Turn.Ids, run.Turn.Attempt - 1, "interrupted by a stop", static _ => { });
        }

        _running.Clear();
    }
}
