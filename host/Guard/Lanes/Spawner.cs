using PluginGateway.Threads;

namespace PluginGateway.Guard.Lanes;

/// <summary>Starts the throw-away threads on which lifecycle calls and cancellations run, and those of lanes. Asking never blocks, though starting a
/// thread does.</summary>
internal sealed class Spawner(TimeProvider clock)
{
    private readonly WorkThread _starter = new("spawner", clock, "a thread of the system");

    /// <summary>Heartbeat of the thread that starts the others.</summary>
    public Heartbeat Heartbeat => _starter.Heartbeat;

    public void Start() => _starter.Start();

    /// <summary>Runs <paramref name="body"/> on a fresh background thread, soon. If the system has no thread to give, as soon as it has; the call
    /// that waits for it ends at its deadline.</summary>
    public void Start(string name, Action body) => _starter.Post(() => LoopThread.Start(name, body));
}
