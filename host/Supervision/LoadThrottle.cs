using PluginGateway.Threads;

namespace PluginGateway.Supervision;

/// <summary>Bounds how many plugins are loaded at once, from the load until the instance has been created and has checked its settings: a
/// thousand at a time would all miss their deadlines. A permit is held for <see cref="Longest"/> at most; a load that hangs goes on without one,
/// until its deadline, and those that have done so share half of the permits from then on. No thread waits here.</summary>
/// <param name="most">The number of permits.</param>
/// <param name="clock">The clock.</param>
internal sealed class LoadThrottle(int most, TimeProvider clock)
{
    /// <summary>Time after which a load gives up its permit: a load takes some tenths of a second of a processor, so one that takes longer mostly
    /// waits for other resources.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private readonly object _gate = new();
    private readonly List<LoadPermit> _held = [];
    private readonly List<LoadPermit> _waiting = [];
    private bool _isClosed;

    /// <summary>Throttle with more permits than processors: some loads wait for the disk, and a few that hang must not hold up the others.</summary>
    public static LoadThrottle OfMachine(TimeProvider clock) => new(Math.Max(16, Environment.ProcessorCount * 4), clock);

    /// <summary>Begins a load, now or when a permit is free. Any thread; never blocks.</summary>
    /// <param name="begin">Starts the load; runs on this thread, or on the one that has given a permit back: must not block.</param>
    /// <param name="isFirst">Goes before all others: messages of every adapter may wait for a handler.</param>
    /// <param name="isSlow">Its last load has held its permit for too long.</param>
    public LoadPermit Acquire(Action<LoadPermit> begin, bool isFirst = false, bool isSlow = false)
    {
        var permit = new LoadPermit(this, begin, isSlow);
        using (UninterruptibleLock.Enter(_gate))
        {
            if (isFirst) _waiting.Insert(0, permit);
            else _waiting.Add(permit);
        }

        BeginNext();
        return permit;
    }

    /// <summary>Takes back the permits that have been held for too long. Called periodically, on any thread.</summary>
    public void ReclaimOverdue()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            for (var i = _held.Count - 1; i >= 0; i--)
            {
                if (clock.GetElapsedTime(_held[i].Began) < Longest) continue;
                _held[i].HasRunOut = true;
                _held.RemoveAt(i);
            }
        }

        BeginNext();
    }

    /// <summary>Closes the throttle when the gateway stops: waiting loads never begin.</summary>
    public void Close()
    {
        using (UninterruptibleLock.Enter(_gate)) _isClosed = true;
    }

    internal bool IsWaiting(LoadPermit permit)
    {
        using (UninterruptibleLock.Enter(_gate)) return _waiting.Contains(permit);
    }

    internal void GiveBack(LoadPermit permit)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!_held.Remove(permit) && !_waiting.Remove(permit)) return;
        }

        BeginNext();
    }

    private void BeginNext()
    {
        while (Next() is { } permit) permit.Begin(permit);
    }

    private LoadPermit? Next()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_isClosed || _waiting.Count == 0 || _held.Count >= most) return null;
            var slowMayBegin = _held.Count(static permit => permit.IsSlow) < Math.Max(1, most / 2);
            var index = slowMayBegin ? 0 : _waiting.FindIndex(static permit => !permit.IsSlow);
            if (index < 0) return null;
            var next = _waiting[index];
            _waiting.RemoveAt(index);
            next.Began = clock.GetTimestamp();
            _held.Add(next);
            return next;
        }
    }
}

/// <summary>The permit of one load: awaited, held, or given back.</summary>
internal sealed class LoadPermit(LoadThrottle throttle, Action<LoadPermit> begin, bool isSlow)
{
    /// <summary>True until the load has begun or is no longer wanted.</summary>
    public bool IsWaiting => throttle.IsWaiting(this);

    /// <summary>True when it was taken back: the load took too long.</summary>
    public bool HasRunOut { get; internal set; }

    internal bool IsSlow => isSlow;

    internal Action<LoadPermit> Begin => begin;

    internal long Began { get; set; }

    /// <summary>Gives the permit back: the load has ended, or is no longer wanted. A second call does nothing.</summary>
    public void GiveBack() => throttle.GiveBack(this);
}
