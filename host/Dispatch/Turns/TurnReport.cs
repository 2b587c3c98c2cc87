namespace PluginGateway.Dispatch.Turns;

/// <summary>Progress of a turn.</summary>
internal enum TurnStage
{
    /// <summary>Waits for a place, for the turn before it or for its next attempt.</summary>
    Waiting,

    Running,

    /// <summary>Stopped, and its call has not returned.</summary>
    Detached,
}

/// <summary>A turn as the operator sees it.</summary>
/// <param name="Id">Id of its first message in the inbox.</param>
/// <param name="AdapterId">The adapter.</param>
/// <param name="Session">The session.</param>
/// <param name="HandlerId">The handler.</param>
/// <param name="Stage">Its progress.</param>
/// <param name="Since">Begin of the attempt; null: it waits.</param>
/// <param name="Attempt">Number of the attempt that runs; of a waiting turn the number of those before.</param>
internal sealed record TurnReport(
    long Id, string AdapterId, string Session, string HandlerId, TurnStage Stage, DateTimeOffset? Since, int Attempt)
{
    /// <summary>Reason of the wait, where it is not an ordinary one; null: none.</summary>
    public string? Reason { get; init; }
}

/// <summary>Reports of turns.</summary>
internal sealed class TurnReports(DispatchLoop loop, Func<string, string> handlerOf, StoppedTurns stopped)
{
    /// <summary>Returns the turns that run, those that were stopped, then those that wait.</summary>
    public IEnumerable<TurnReport> Of(IReadOnlyCollection<TurnRun> running, IEnumerable<SessionQueue> sessions)
    {
        var begun = running.Select(static run => run.Turn).ToHashSet();
        return running.Select(run => Of(run, TurnStage.Running))
            .Concat(stopped.Ending.Concat(stopped.Detached).Select(run => Of(run, TurnStage.Detached)))
            .Concat(sessions.SelectMany(session => session.Turns.Where(turn => !begun.Contains(turn)).Select(turn => Of(session, turn))));
    }

    private TurnReport Of(TurnRun run, TurnStage stage) => new(
        run.Turn.Lead.Id, run.Session.AdapterId, run.Session.Key, run.Handler.Port.HandlerId, stage, loop.ToWallClock(run.Since), run.Host.Attempt);

    private TurnReport Of(SessionQueue session, PendingTurn turn) =>
        new(turn.Lead.Id, session.AdapterId, session.Key, handlerOf(session.AdapterId), TurnStage.Waiting, null, turn.Attempt)
        {
            Reason = stopped.ReasonOf(session),
        };
}
