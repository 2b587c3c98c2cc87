namespace PluginGateway.Threads;

/// <summary>Keeps the bodies that could not get a thread, and tries again, in their order, until each has one: a loop without a thread would be dead
/// for good. The thread that tries again is started with the first thread that is requested, before plugins can have used them up.</summary>
/// <param name="tryStart">Starts a thread; null: the system has none to give.</param>
internal sealed class ThreadStarter(Func<string, Action, Thread?> tryStart)
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);

    private readonly object _gate = new();
    private readonly Queue<(string Name, Action Body)> _waiting = new();
    private bool _triesAgain;

    /// <summary>Number of bodies that wait for a thread.</summary>
    public int Waiting
    {
        get
        {
            using (UninterruptibleLock.Enter(_gate)) return _waiting.Count;
        }
    }

    /// <summary>Starts a thread, now or as soon as the system has one; null: later. Any thread.</summary>
    public Thread? Start(string name, Action body)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!_triesAgain) _triesAgain = tryStart("thread starter", TryForEver) is not null;
        }

        if (tryStart(name, body) is { } started) return started;
        using (UninterruptibleLock.Enter(_gate))
        {
            _waiting.Enqueue((name, body));
            Monitor.Pulse(_gate);
        }

        return null;
    }

    private void TryForEver()
    {
        while (true)
        {
            (string Name, Action Body) next;
            using (UninterruptibleLock.Enter(_gate))
            {
                while (_waiting.Count == 0) UninterruptibleLock.Wait(_gate);
                next = _waiting.Peek();
            }

            if (tryStart(next.Name, next.Body) is not null)
            {
                using (UninterruptibleLock.Enter(_gate)) _waiting.Dequeue();
            }
            else
            {
                // No other thread waits for this one.
                Thread.Sleep(Again);
            }
        }
    }
}
