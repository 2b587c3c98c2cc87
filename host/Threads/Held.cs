namespace PluginGateway.Threads;

/// <summary>A lock for code that may run on a thread a plugin knows: <c>Thread.Interrupt</c> makes a contended <c>lock</c> throw, and what happens next here must not be skipped.
/// The interrupt is swallowed: nobody of ours waits for one.</summary>
internal readonly ref struct Held
{
    private readonly object _gate;

    private Held(object gate) => _gate = gate;

    public static Held On(object gate)
    {
        while (true)
        {
            try
            {
                Monitor.Enter(gate);
                return new Held(gate);
            }
            catch (ThreadInterruptedException)
            {
            }
        }
    }

    public void Dispose() => Monitor.Exit(_gate);
}
