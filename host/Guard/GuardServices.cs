using PluginGateway.Guard.Lanes;
using PluginGateway.Threads;

namespace PluginGateway.Guard;

/// <summary>The two threads behind every guard.</summary>
internal sealed class GuardServices
{
    /// <param name="clock">The clock.</param>
    /// <param name="pool">How the thread pool is; null: a probe of the guard's own.</param>
    /// <param name="quietPeriod">Period of a quiet watch; null: the watch sweeps promptly, and probes the thread pool too.</param>
    public GuardServices(TimeProvider clock, PoolProbe? pool = null, TimeSpan? quietPeriod = null)
    {
        Spawner = new Spawner(clock);
        Watch = new DeadlineWatch(clock, Spawner, pool, quietPeriod);
    }

    public Spawner Spawner { get; }

    public DeadlineWatch Watch { get; }

    /// <summary>Heartbeats of both threads.</summary>
    public IReadOnlyList<Heartbeat> Heartbeats => [Watch.Heartbeat, Spawner.Heartbeat];

    /// <summary>Starts both threads, before any plugin is loaded.</summary>
    public void Start()
    {
        Spawner.Start();
        Watch.Start();
    }
}
