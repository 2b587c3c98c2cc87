namespace PluginGateway.Threads;

/// <summary>The queue in front of a loop that owns a thread. Posting never blocks for longer than the copy of a reference and never touches the
/// thread pool.</summary>
internal sealed class Mailbox<T>
{
    private readonly object _gate = new();
    private List<T> _waiting = [];
    private List<T> _taken = [];
    private volatile bool _isEmpty = true;

    /// <summary>Number of waiting items.</summary>
    public int Count
    {
        get
        {
            using (UninterruptibleLock.Enter(_gate)) return _waiting.Count;
        }
    }

    /// <summary>True when no item waits. Read without the lock, for callers that poll.</summary>
    public bool IsEmpty => _isEmpty;

    /// <summary>Adds an item. Any thread.</summary>
    public void Post(T item)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            _waiting.Add(item);
            _isEmpty = false;
            if (_waiting.Count == 1) Monitor.Pulse(_gate);
        }
    }

    /// <summary>Takes everything that waits, after waiting for something at most <paramref name="timeout"/> (zero or less: not at all). Only the
    /// owning thread; the list is valid until its next call.</summary>
    public List<T> Take(TimeSpan timeout)
    {
        _taken.Clear();
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_waiting.Count == 0 && timeout > TimeSpan.Zero) UninterruptibleLock.Wait(_gate, timeout);
            (_waiting, _taken) = (_taken, _waiting);
            _isEmpty = true;
        }

        return _taken;
    }
}
