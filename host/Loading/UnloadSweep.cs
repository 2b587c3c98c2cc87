using PluginGateway.Threads;

namespace PluginGateway.Loading;

/// <summary>Lets the runtime find out that an unloaded context is held by nobody: two collections, apart, on a throw-away thread. A context goes in two steps, so one does not do;
/// a third would find nothing that two do not.</summary>
internal static class UnloadSweep
{
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(3);

    private static int _asked;

    /// <summary>Asks for a sweep after now. Those asked for while one is under way share the next. Any thread; returns at once.</summary>
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
