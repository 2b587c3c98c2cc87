namespace PluginGateway.Threads;

/// <summary>Threads that complete tasks for plugins. The pool would do for code that awaits; a thread that waits for its task would then wait for a pool that another plugin has filled.</summary>
/// <remarks>One thread is always ready: whichever takes an end makes sure of the next one first, so an end that a plugin's context blocks holds no other. Beyond <see cref="Most"/> threads that are held so,
/// ends go to the pool.</remarks>
internal static class PledgeThreads
{
    private const int Most = 64;
    private const string Name = "completions";

    private static readonly object Gate = new();
    private static readonly Queue<IThreadPoolWorkItem> Waiting = new();
    private static int _threads, _idle, _starting;

    /// <summary>Has an end executed soon. Any thread; runs nothing of a plugin, and waits for nothing but a lock that is held for moments.</summary>
    public static void Post(IThreadPoolWorkItem end)
    {
        var (isFirst, isFull) = (false, false);
        using (Held.On(Gate))
        {
            if (_threads >= Most && _idle == 0) isFull = true;
            else
            {
                Waiting.Enqueue(end);
                if (_idle > 0) Monitor.Pulse(Gate);
                else if (_threads == 0) (_threads, _starting, isFirst) = (1, 1, true);
            }
        }

        if (isFull) Held.Uninterrupted(() => ThreadPool.UnsafeQueueUserWorkItem(end, preferLocal: false));
        if (isFirst) LoopThread.Start(Name, Work);
    }

    private static void Work()
    {
        using (Held.On(Gate)) _starting--;
        while (true)
        {
            try
            {
                Take().Execute();
            }
            catch (Exception)
            {
                // A plugin's context may throw whatever it likes; its task is complete.
            }
        }
    }

    private static IThreadPoolWorkItem Take()
    {
        IThreadPoolWorkItem? end;
        var startsNext = false;
        using (Held.On(Gate))
        {
            while (!Waiting.TryDequeue(out end))
            {
                _idle++;
                Held.Wait(Gate);
                _idle--;
            }

            if (_idle + _starting == 0 && _threads < Most) (_threads, _starting, startsNext) = (_threads + 1, _starting + 1, true);
        }

        if (startsNext) LoopThread.Start(Name, Work);
        return end;
    }
}
