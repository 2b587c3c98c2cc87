namespace PluginGateway.Threads;

/// <summary>Starts the plain background threads on which the gateway keeps its promise: no scheduler, no synchronization context, no captured execution context.</summary>
internal static class LoopThread
{
    private const int StackBytes = 512 * 1024;

    /// <summary>Starts a background thread. Returns once it runs.</summary>
    public static Thread Start(string name, Action body)
    {
        var thread = new Thread(() => body(), StackBytes) { IsBackground = true, Name = name };
        thread.UnsafeStart();
        return thread;
    }
}
