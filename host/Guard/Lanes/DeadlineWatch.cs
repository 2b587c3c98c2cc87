using System.Runtime.CompilerServices;
using PluginGateway.Threads;

namespace PluginGateway.Guard.Lanes;

/// <summary>Owner of open calls. <see cref="Sweep"/> runs on the watch's thread: it must not run plugin code or block.</summary>
internal interface IWatched
{
    /// <summary>Ends the calls that are overdue; returns false when no call is open and none will be.</summary>
    bool Sweep(long now);
}

/// <summary>Thread that ends calls at their deadline, and its clock. It needs neither the thread pool nor any timer. While calls come the thread
/// sweeps all open slots every few milliseconds; when none has come for a while it rests until the next call or the nearest deadline.</summary>
/// <remarks>The clock is coarse (one reading a sweep) and counts only time in which the process could run: a machine that slept or a process that was
/// stopped does not make every open call overdue at once. The thread that opens a call publishes it before it reads whether the watch rests; the
/// watch publishes that it rests before it reads the calls for the last time: one of the two sees the other. The barrier between the watch's two
/// steps is one for all threads of the process, so that an opening pays for none.</remarks>
internal sealed class DeadlineWatch
{
    private static readonly TimeSpan Prompt = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(1);

    /// <summary>The thread pool is looked at in a rest too.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromMilliseconds(250);

    /// <summary>Number of sweeps without a new call after which the watch may rest.</summary>
    private const int CalmSweeps = 20;

    private readonly TimeProvider _clock;
    private readonly TimeSpan? _quietPeriod;
    private readonly TimeSpan _longestRest;
    private readonly long _longestStep;
    private readonly Spawner _spawner;
    private readonly object _gate = new();
    private readonly object _rest = new();
    private readonly List<IWatched> _watched = [];
    private long _reading;
    private long _now;
    private long _sweeps;
    private long _lost;

    /// <summary>Results of the last sweep: the time at which the next call is due, and whether a call is so new that its time does not run
    /// yet.</summary>
    private long _due;
    private bool _sawNew;
    private volatile bool _rests;
    private volatile bool _isCalled;

    public DeadlineWatch(TimeProvider clock, Spawner spawner, PoolProbe? pool = null, TimeSpan? quietPeriod = null, TimeSpan? longestRest = null)
    {
        _clock = clock;
        _longestStep = Ticks(LongestStep);
        _longestRest = longestRest ?? LongestRest;
        _spawner = spawner;
        _quietPeriod = quietPeriod;
        _reading = clock.GetTimestamp();
        _now = _reading;
        Heartbeat = new Heartbeat("watch", clock);
        Pool = pool ?? new PoolProbe(clock);
    }

    public Heartbeat Heartbeat { get; }

    /// <summary>Probe of the thread pool, on which plugins' tasks complete.</summary>
    public PoolProbe Pool { get; }

    /// <summary>The watch's clock, in ticks of the time provider. One sweep old, or more while the watch gets no processor.</summary>
    public long Now => _rests ? Fresh : Volatile.Read(ref _now);

    /// <summary>The clock read anew, for the few callers that may not be a sweep behind.</summary>
    public long Fresh
    {
        // Not inlined, so that opening and ending a call stay short while the watch is at work.
        [MethodImpl(MethodImplOptions.NoInlining)]
        get
        {
            var lost = Volatile.Read(ref _lost);
            // Time in which the process could not run is known as such with the next sweep.
            return Math.Min(_clock.GetTimestamp(), Volatile.Read(ref _reading) + _longestStep) - lost;
        }
    }

    /// <summary>True while it waits for a call or the nearest deadline.</summary>
    public bool IsResting => _rests;

    /// <summary>Number of sweeps that have begun. A thread that reads this number does so before the next sweep reads the clock.</summary>
    public long Sweeps => Volatile.Read(ref _sweeps);

    public void Start() => LoopThread.Start("deadline watch", () =>
    {
        var calm = 0;
        while (true)
        {
            Sweep();
            calm = _sawNew ? 0 : calm + 1;
            if (_quietPeriod is null && calm >= CalmSweeps)
            {
                Rest();
                calm = 0;
            }

            Thread.Sleep(_quietPeriod ?? Prompt);
        }
    });

    /// <summary>Wakes the watch after a call has been opened or given a deadline. Any thread, after the call has been published; costs one read while
    /// the watch is at work.</summary>
    public void Wake()
    {
        if (_rests && !_isCalled) Call();
    }

    /// <summary>Takes the deadline of a call that is being visited. Only in a sweep.</summary>
    public void Expect(long due)
    {
        if (due < _due) _due = due;
    }

    /// <summary>Notes that a call being visited is new. Only in a sweep.</summary>
    public void ExpectSoon() => _sawNew = true;

    /// <summary>Number of owners being watched.</summary>
    public int Count
    {
        get
        {
            using (UninterruptibleLock.Enter(_gate)) return _watched.Count;
        }
    }

    public void Add(IWatched watched)
    {
        using (UninterruptibleLock.Enter(_gate)) _watched.Add(watched);
    }

    /// <summary>Runs one sweep: reads the clock, then visits every watched owner.</summary>
    public void Sweep()
    {
        Interlocked.Increment(ref _sweeps);
        var reading = _clock.GetTimestamp();
        var lost = reading - _reading - _longestStep;
        if (lost > 0) Volatile.Write(ref _lost, _lost + lost);
        Volatile.Write(ref _reading, reading);
        var now = reading - _lost;
        Volatile.Write(ref _now, now);
        Heartbeat.Beat();
        // A quiet watch does not probe the thread pool.
        if (_quietPeriod is null) Pool.Poll();
        (_due, _sawNew) = (long.MaxValue, false);
        using (UninterruptibleLock.Enter(_gate))
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

    /// <summary>Time between two readings of this clock, never negative: one of them may be a sweep old.</summary>
    public TimeSpan Elapsed(long from, long to) => _clock.GetElapsedTime(from, Math.Max(from, to));

    /// <summary>Returns the wall-clock time of a reading of this clock.</summary>
    public DateTimeOffset UtcOf(long then) => _clock.GetUtcNow() - Elapsed(then, Now);

    /// <summary>Waits until a call is opened, looking after deadlines when they are due.</summary>
    private void Rest()
    {
        _rests = true;
        Interlocked.MemoryBarrierProcessWide();
        Sweep();
        while (!_sawNew && !IsCalledWithin(UntilDue())) Sweep();
        // A thread that reads that the watch no longer rests then also reads a fresh clock.
        Sweep();
        _rests = false;
    }

    private TimeSpan UntilDue()
    {
        var left = _due - _now;
        if (left >= Ticks(_longestRest)) return _longestRest;
        // A wait is one of whole milliseconds, and one that ends before the deadline would be for nothing.
        return TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(0, left) * 1000.0 / _clock.TimestampFrequency));
    }

    private bool IsCalledWithin(TimeSpan wait)
    {
        using (UninterruptibleLock.Enter(_rest))
        {
            if (!_isCalled && wait > TimeSpan.Zero) UninterruptibleLock.Wait(_rest, wait);
            var isCalled = _isCalled;
            _isCalled = false;
            return isCalled;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Call()
    {
        using (UninterruptibleLock.Enter(_rest))
        {
            _isCalled = true;
            Monitor.Pulse(_rest);
        }
    }
}
