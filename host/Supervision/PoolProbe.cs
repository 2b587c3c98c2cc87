namespace PluginGateway.Supervision;

/// <summary>Finds out whether the process's thread pool still runs what is queued: an item is queued every 100 ms, and its lateness is watched from outside.</summary>
internal sealed class PoolProbe(TimeProvider clock)
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan StarvedAfter = TimeSpan.FromSeconds(1);

    private long _asked;
    private long _answered = 1;

    /// <summary>True while an item has been waiting for over a second.</summary>
    public bool IsStarved { get; private set; }

    /// <summary>How long the open probe has been waiting; zero when none is open.</summary>
    public TimeSpan Waiting => Volatile.Read(ref _answered) != 0 ? TimeSpan.Zero : clock.GetElapsedTime(_asked);

    /// <summary>Looks after the open probe and asks again. Only the supervisor; true when <see cref="IsStarved"/> changed.</summary>
    public bool Turn()
    {
        var waiting = Waiting;
        var starved = waiting > StarvedAfter;
        if (Volatile.Read(ref _answered) != 0 && clock.GetElapsedTime(_asked) >= Period)
        {
            _asked = clock.GetTimestamp();
            Volatile.Write(ref _answered, 0);
            ThreadPool.UnsafeQueueUserWorkItem(static probe => Volatile.Write(ref probe._answered, 1), this, preferLocal: false);
        }

        if (starved == IsStarved) return false;
        IsStarved = starved;
        return true;
    }
}
