namespace PluginGateway.Threads;

/// <summary>Starts the plain background threads on which the gateway keeps its promise: no scheduler, no synchronization context, no captured
/// execution context.</summary>
internal static class LoopThread
{
    private const int StackBytes = 512 * 1024;

    private static readonly ThreadStarter Starter = new(TryStart);

    /// <summary>Threads that the system has not given yet.</summary>
    public static int Waiting => Starter.Waiting;

    /// <summary>Starts a background thread, and returns once it runs. Where the system has no thread to give, the body gets another as soon as there
    /// is one, and this method returns at once, with a thread that never starts. Throws nothing.</summary>
    public static Thread Start(string name, Action body) => Starter.Start(name, body) ?? Make(name, body);

    private static Thread Make(string name, Action body) => new(() => body(), StackBytes) { IsBackground = true, Name = name };

    private static Thread? TryStart(string name, Action body)
    {
        try
        {
            var thread = Make(name, body);
            thread.UnsafeStart();
            return thread;
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            return null;
        }
    }
}
