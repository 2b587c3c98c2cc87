namespace PluginGateway.Guard.Lanes;

/// <summary>Probe of the process's thread pool: an item is queued every 100 ms, and its lateness is measured from outside. Written by the deadline
/// watch; read by any thread.</summary>
/// <param name="clock">The clock.</param>
/// <param name="queue">Has the pool call <see cref="Answer"/>.</param>
internal sealed class PoolProbe(TimeProvider clock, Action<PoolProbe> queue)
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan SluggishAfter = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan StarvedAfter = TimeSpan.FromSeconds(1);

    /// <summary>Time after a starvation in which calls may return before their plugin is blamed for them.</summary>
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(1);

    private long _asked = clock.GetTimestamp();
    private long _sluggish;
    private bool _wasSluggish;
    private volatile bool _answered = true;
    private volatile bool _isStarved;
    private volatile bool _isTrusted = true;
    private long _starvations;

    /// <summary>Creates a probe of this process's own pool.</summary>
    public PoolProbe(TimeProvider clock)
        : this(clock, static probe => ThreadPool.UnsafeQueueUserWorkItem(static asked => asked.Answer(), probe, preferLocal: false))
    {
    }

    /// <summary>True while an item has been waiting for over a second.</summary>
    public bool IsStarved => _isStarved;

    /// <summary>Number of starvations of the pool since the start.</summary>
    public long Starvations => Volatile.Read(ref _starvations);

    /// <summary>True when the pool has been answering promptly for a while: an awaiting call that is overdue now is its plugin's own fault.</summary>
    public bool IsTrusted => _isTrusted;

    /// <summary>Waiting time of the open probe; zero when none is open.</summary>
    public TimeSpan Waiting => _answered ? TimeSpan.Zero : clock.GetElapsedTime(Volatile.Read(ref _asked));

    /// <summary>Looks after the open probe and asks again. Only the watch.</summary>
    public void Poll()
    {
        var waiting = Waiting;
        var isStarved = waiting > StarvedAfter;
        if (isStarved && !_isStarved) Volatile.Write(ref _starvations, _starvations + 1);
        _isStarved = isStarved;
        if (waiting > SluggishAfter)
        {
            _wasSluggish = true;
            _sluggish = clock.GetTimestamp();
        }

        _wasSluggish = _wasSluggish && clock.GetElapsedTime(_sluggish) < Recovery;
        _isTrusted = !_wasSluggish;
        if (!_answered || clock.GetElapsedTime(_asked) < Period) return;
        Volatile.Write(ref _asked, clock.GetTimestamp());
        _answered = false;
        queue(this);
    }

    /// <summary>Called by the queued probe when it runs.</summary>
    public void Answer() => _answered = true;
}
