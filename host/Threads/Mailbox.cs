namespace PluginGateway.Threads;

/// <summary>The queue in front of a loop that owns a thread. Posting never blocks for longer than the copy of a reference and never touches the thread pool.</summary>
internal sealed class Mailbox<T>
{
    private readonly object _gate = new();
    private List<T> _waiting = [];
    private List<T> _taken = [];

    /// <summary>How many items wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _waiting.Count;
        }
    }

    /// <summary>Adds an item. Any thread.</summary>
    public void Post(T item)
    {
        using (Held.On(_gate))
        {
            _waiting.Add(item);
            if (_waiting.Count == 1) Monitor.Pulse(_gate);
        }
    }

    /// <summary>Takes everything that waits, after waiting for something at most <paramref name="timeout"/> (zero or less: not at all). Only the owning thread; the list is
    /// valid until its next call.</summary>
    public List<T> Take(TimeSpan timeout)
    {
        _taken.Clear();
        lock (_gate)
        {
            if (_waiting.Count == 0 && timeout > TimeSpan.Zero) Monitor.Wait(_gate, timeout);
            (_waiting, _taken) = (_taken, _waiting);
        }

        return _taken;
    }
}
