namespace PluginGateway.Dispatch.Turns;

/// <summary>Stopped turns whose calls have not ended. Each holds its session for a moment; then it is detached: the session goes on, and the call
/// keeps its place and its deadline. Only on the loop's thread.</summary>
/// <remarks>Detached calls have bounds, so that nobody uses up a handler's places by stopping turns. Above a bound only the session waits.</remarks>
internal sealed class StoppedTurns(DispatchLoop loop)
{
    /// <summary>Time that a stopped call has before its session goes on without it.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>Largest number of detached calls of one sender through one adapter.</summary>
    private const int MostOfSender = 4;

    private readonly List<TurnRun> _ending = [];
    private readonly HashSet<TurnRun> _late = [];
    private readonly List<TurnRun> _detached = [];
    private long _count;

    /// <summary>Lets the next turn of a session start.</summary>
    public required Action<SessionQueue> Released { get; init; }

    /// <summary>Number of running turns that were stopped since the start. Any thread.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Calls without a session that waits for them.</summary>
    public IReadOnlyList<TurnRun> Detached => _detached;

    /// <summary>Calls that hold their sessions.</summary>
    public IReadOnlyList<TurnRun> Ending => _ending;

    /// <summary>Takes a running turn that has been settled as stopped, or superseded: nothing more of it is taken, and its token is cancelled.</summary>
    public void Add(TurnRun run, TurnCancelReason reason)
    {
        if (reason == TurnCancelReason.Stopped) Volatile.Write(ref _count, _count + 1);
        run.IsStopped = true;
        run.Host.Close();
        run.Session.Stopping = run;
        _ending.Add(run);
        run.Handler.Port.Cancel(run.Call!, reason);
        loop.At(loop.Now + Grace, () =>
        {
            if (run.Session.Stopping != run) return;
            _late.Add(run);
            TryDetach(run);
        });
    }

    /// <summary>Returns the reason for which a session waits; null: it does not wait for a stopped call.</summary>
    public string? ReasonOf(SessionQueue session) => session.Stopping is { } run && _late.Contains(run) ? "still ending the last one" : null;

    /// <summary>Takes the end of a call, or its deadline. False: it was not stopped.</summary>
    public bool End(TurnRun run)
    {
        if (!_detached.Remove(run) && !Release(run)) return false;
        foreach (var late in _late.ToArray()) TryDetach(late);
        return true;
    }

    /// <summary>Lets the sessions go on that wait for calls of a generation that has been replaced.</summary>
    public void Interrupt(Predicate<TurnRun> isOfGeneration)
    {
        foreach (var run in _ending.Where(run => isOfGeneration(run)).ToArray()) Release(run);
    }

    private void TryDetach(TurnRun run)
    {
        if (!HasRoom(run)) return;
        _detached.Add(run);
        Release(run);
    }

    private bool Release(TurnRun run)
    {
        if (!_ending.Remove(run)) return false;
        _late.Remove(run);
        run.Session.Stopping = null;
        Released(run.Session);
        return true;
    }

    private bool HasRoom(TurnRun run)
    {
        var (adapterId, sender) = (run.Session.AdapterId, run.Host.Event.Sender?.Id);
        var ofHandler = _detached.Where(other => other.Handler.Port.HandlerId == run.Handler.Port.HandlerId).ToArray();
        var ofAdapter = ofHandler.Where(other => other.Session.AdapterId == adapterId).ToArray();
        var places = run.Handler.Port.ConcurrentTurns;
        return ofHandler.Length < Math.Max(1, places / 4) && ofAdapter.Length < Math.Max(1, places / 8)
            && !Array.Exists(ofAdapter, other => other.Session.Key == run.Session.Key)
            && (sender is null || ofAdapter.Count(other => other.Host.Event.Sender?.Id == sender) < MostOfSender);
    }
}
