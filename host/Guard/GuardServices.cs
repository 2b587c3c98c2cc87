namespace PluginGateway.Guard;

/// <summary>The two threads behind every guard.</summary>
internal sealed class GuardServices
{
    /// <param name="clock">The clock.</param>
    /// <param name="quietPeriod">How often a quiet watch looks; null: it looks promptly, and watches the thread pool too.</param>
    public GuardServices(TimeProvider clock, TimeSpan? quietPeriod = null)
    {
        Spawner = new Spawner();
        Watch = new DeadlineWatch(clock, Spawner, quietPeriod);
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
