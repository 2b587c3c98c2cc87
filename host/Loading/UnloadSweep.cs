using PluginGateway.Threads;

namespace PluginGateway.Loading;

/// <summary>Makes the runtime free unloaded contexts without references: two collections, apart, on a thread of their own. A context is freed in two
/// steps, so one collection is not enough; a third would free nothing more.</summary>
internal static class UnloadSweep
{
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(3);

    private static int _asked;

    /// <summary>Requests a sweep that begins after this call. Requests while one is under way share the next. Any thread; returns at once.</summary>
    public static void Request()
    {
        if (Interlocked.Increment(ref _asked) == 1) LoopThread.Start("unload sweep", Run);
    }

    private static void Run()
    {
        int served;
        do
        {
            served = Volatile.Read(ref _asked);
            Thread.Sleep(Before);
            FrameworkCaches.Clear();
            GC.Collect();
            Thread.Sleep(Between);
            GC.Collect();
        }
        while (Interlocked.Add(ref _asked, -served) > 0);
    }
}
