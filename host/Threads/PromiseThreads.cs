using System.Runtime.InteropServices;

namespace PluginGateway.Threads;

/// <summary>Threads that complete tasks for plugins. The pool would do for code that awaits; a thread that waits for its task would then wait for a
/// pool that another plugin has filled.</summary>
/// <remarks>One thread is always ready: the thread that takes an end first starts the next one, so an end that a plugin's context blocks holds up no
/// other. At most one thread is on its way out of its wait, and the store posts the ends of a batch together: a lock and a wake for each
/// cost its thread as much as a third of the commit. Each owner has a share: while its contexts block so many threads, its further ends, but not those of other owners, go to the
/// pool.</remarks>
internal static class PromiseThreads
{
    /// <summary>Largest number of threads that the contexts of one adapter, or of its turns, may block.</summary>
    public const int Share = 16;

    /// <summary>The same for all unnamed owners together: the gateway, and the one adapter of a worker.</summary>
    private const int ShareOfUnnamed = 64;

    /// <summary>Times that a thread gives way to others before it sleeps, as a loop does.</summary>
    private const int YieldsBeforeSleep = 50;

    private const string Turns = "turns:", Name = "completions";

    private static readonly object Gate = new();
    private static readonly Queue<(string Owner, IThreadPoolWorkItem End)> Waiting = new();
    private static readonly Dictionary<string, int> Busy = new(StringComparer.Ordinal);
    private static int _threads, _idle, _starting, _looking;
    private static bool _isWaking;
    private static volatile bool _isEmpty = true;

    [ThreadStatic]
    private static List<(string Owner, IThreadPoolWorkItem End)>? _gathered;

    /// <summary>Owners that have used up their share, as text.</summary>
    public static IReadOnlyList<string> Holders
    {
        get
        {
            using (UninterruptibleLock.Enter(Gate))
                return [.. Busy.Where(static busy => busy.Key.Length > 0 && busy.Value >= Share).Select(static busy => Describe(busy.Key))];
        }
    }

    /// <summary>Owner of the promises awaited by the handler that answers an adapter's messages.</summary>
    public static string TurnsOf(string adapterId) => Turns + adapterId;

    /// <summary>Has an end executed soon. Any thread; runs no plugin code, and waits only for a lock that is held for moments.</summary>
    public static void Post(string owner, IThreadPoolWorkItem end)
    {
        if (_gathered is { } gathered) gathered.Add((owner, end));
        else Post([(owner, end)]);
    }

    /// <summary>Runs a step of a loop; the ends that it posts are posted together when it is over.</summary>
    public static void Together(Action step)
    {
        var gathered = _gathered = [];
        try
        {
            step();
        }
        finally
        {
            _gathered = null;
            if (gathered.Count > 0) Post(CollectionsMarshal.AsSpan(gathered));
        }
    }

    private static void Post(params ReadOnlySpan<(string Owner, IThreadPoolWorkItem End)> ends)
    {
        var isFirst = false;
        using (UninterruptibleLock.Enter(Gate))
        {
            foreach (var end in ends) Waiting.Enqueue(end);
            _isEmpty = false;
            if (_idle > 0) Wake();
            else if (_threads == 0) (_threads, _starting, isFirst) = (1, 1, true);
        }

        if (isFirst) LoopThread.Start(Name, Work);
    }

    /// <summary>Wakes one idle thread, unless one is waking or looks for work. Holds the lock.</summary>
    private static void Wake()
    {
        if (_isWaking || _looking > 0) return;
        _isWaking = true;
        Monitor.Pulse(Gate);
    }

    /// <summary>Gives way to other threads for a moment while no end waits: the writer's next batch often comes before this thread would be asleep. One
    /// thread at a time.</summary>
    private static void Look()
    {
        if (Interlocked.CompareExchange(ref _looking, 1, 0) != 0) return;
        for (var i = 0; i < YieldsBeforeSleep && _isEmpty; i++) Thread.Yield();
        Volatile.Write(ref _looking, 0);
    }

    private static string Describe(string owner) =>
        owner.StartsWith(Turns, StringComparison.Ordinal) ? $"the handler of adapter '{owner[Turns.Length..]}'" : $"adapter '{owner}'";

    private static void Work()
    {
        using (UninterruptibleLock.Enter(Gate)) _starting--;
        string? done = null;
        while (true)
        {
            var (owner, end) = Take(done);
            done = owner;
            try
            {
                end.Execute();
            }
            catch (Exception)
            {
                // A plugin's context may throw any exception; its task is complete.
            }
        }
    }

    private static (string Owner, IThreadPoolWorkItem End) Take(string? done)
    {
        while (true)
        {
            (string Owner, IThreadPoolWorkItem End) next;
            bool isOver, startsNext = false;
            if (done is not null) Look();
            using (UninterruptibleLock.Enter(Gate))
            {
                if (done is not null && --CollectionsMarshal.GetValueRefOrAddDefault(Busy, done, out _) == 0) Busy.Remove(done);
                done = null;
                while (!Waiting.TryDequeue(out next))
                {
                    _idle++;
                    UninterruptibleLock.Wait(Gate);
                    _idle--;
                    _isWaking = false;
                }

                _isEmpty = Waiting.Count == 0;
                // Before an end that may block: the ends behind it are for the next thread.
                if (Waiting.Count > 0 && _idle > 0) Wake();

                ref var busy = ref CollectionsMarshal.GetValueRefOrAddDefault(Busy, next.Owner, out _);
                isOver = busy >= (next.Owner.Length > 0 ? Share : ShareOfUnnamed);
                if (!isOver) busy++;
                if (!isOver && _idle + _starting == 0) (_threads, _starting, startsNext) = (_threads + 1, _starting + 1, true);
            }

            if (startsNext) LoopThread.Start(Name, Work);
            if (!isOver) return next;
            UninterruptibleLock.Uninterrupted(() => ThreadPool.UnsafeQueueUserWorkItem(next.End, preferLocal: false));
        }
    }
}
