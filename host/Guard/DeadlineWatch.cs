using PluginGateway.Threads;

namespace PluginGateway.Guard;

/// <summary>Something with open calls. <see cref="Sweep"/> runs on the watch's thread: no plugin code, nothing that blocks.</summary>
internal interface IWatched
{
    /// <summary>Declares overdue what is; false when there is nothing left to watch, ever.</summary>
    bool Sweep(long now);
}

/// <summary>The thread that ends calls at their deadline, and the clock by which it does. It sweeps all open slots every few milliseconds and needs neither the thread pool nor
/// any timer.</summary>
/// <remarks>The clock is coarse (one reading a sweep) and counts only time in which the process could run: a machine that slept or a process that was stopped does not make
/// every open call overdue at once.</remarks>
internal sealed class DeadlineWatch
{
    private static readonly TimeSpan Prompt = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _clock;
    private readonly TimeSpan? _quietPeriod;
    private readonly Spawner _spawner;
    private readonly object _gate = new();
    private readonly List<IWatched> _watched = [];
    private long _reading;
    private long _now;
    private long _sweeps;
    private long _lost;

    public DeadlineWatch(TimeProvider clock, Spawner spawner, PoolProbe? pool = null, TimeSpan? quietPeriod = null)
    {
        _clock = clock;
        _spawner = spawner;
        _quietPeriod = quietPeriod;
        _reading = clock.GetTimestamp();
        _now = _reading;
        Heartbeat = new Heartbeat("watch", clock);
        Pool = pool ?? new PoolProbe(clock);
    }

    public Heartbeat Heartbeat { get; }

    /// <summary>How the thread pool is, on which plugins' tasks complete.</summary>
    public PoolProbe Pool { get; }

    /// <summary>The watch's clock, in ticks of the time provider. One sweep old, or more while the watch gets no processor.</summary>
    public long Now => Volatile.Read(ref _now);

    /// <summary>The same clock, read anew: for the few who may not be a sweep behind.</summary>
    public long Fresh => _clock.GetTimestamp() - Volatile.Read(ref _lost);

    /// <summary>How many sweeps have begun. Whoever reads a number here did so before the clock was read for the next one.</summary>
    public long Sweeps => Volatile.Read(ref _sweeps);

    public void Start() => LoopThread.Start("deadline watch", () =>
    {
        while (true)
        {
            Sweep();
#pragma warning disable RS0030 // The watch's own thread is the one place that may sleep.
            Thread.Sleep(_quietPeriod ?? Prompt);
#pragma warning restore RS0030
        }
    });

    public void Add(IWatched watched)
    {
        using (Held.On(_gate)) _watched.Add(watched);
    }

    /// <summary>One round: reads the clock, then visits everything that is watched.</summary>
    public void Sweep()
    {
        Interlocked.Increment(ref _sweeps);
        var reading = _clock.GetTimestamp();
        var lost = reading - _reading - Ticks(LongestStep);
        if (lost > 0) Volatile.Write(ref _lost, _lost + lost);
        _reading = reading;
        var now = reading - _lost;
        Volatile.Write(ref _now, now);
        Heartbeat.Beat();
        // Where nothing is to be blamed on the pool, it may sleep.
        if (_quietPeriod is null) Pool.Turn();
        using (Held.On(_gate))
        {
            for (var i = _watched.Count - 1; i >= 0; i--)
            {
                if (_watched[i].Sweep(now)) continue;
                _watched[i] = _watched[^1];
                _watched.RemoveAt(_watched.Count - 1);
            }
        }
    }

    /// <summary>Cancels on a throw-away thread: the callbacks are plugin code.</summary>
    public void Cancel(CancellationTokenSource source) => _spawner.Start("cancel", () =>
    {
        try
        {
            source.Cancel();
        }
        catch (Exception)
        {
            // A callback threw. Cancellation is a courtesy: nothing depends on it.
        }
    });

    public long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _clock.TimestampFrequency);

    public TimeSpan Elapsed(long from, long to) => _clock.GetElapsedTime(from, to);

    /// <summary>The wall-clock time of a reading of this clock.</summary>
    public DateTimeOffset UtcOf(long then) => _clock.GetUtcNow() - Elapsed(then, Now);
}
