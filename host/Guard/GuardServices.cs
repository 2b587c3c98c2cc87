namespace PluginGateway.Guard;

/// <summary>The two threads behind every guard.</summary>
internal sealed class GuardServices
{
    public GuardServices(TimeProvider clock, PoolProbe? pool = null)
    {
        Spawner = new Spawner();
        Watch = new DeadlineWatch(clock, Spawner, pool);
    }

    public Spawner Spawner { get; }

    public DeadlineWatch Watch { get; }

    /// <summary>Starts both threads, before any plugin is loaded.</summary>
    public void Start()
    {
        Spawner.Start();
        Watch.Start();
    }
}
