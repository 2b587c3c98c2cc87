using PluginGateway.Dispatch;
using PluginGateway.Guard;
using PluginGateway.Reloading;
using PluginGateway.Store;
using PluginGateway.Supervision;
using PluginGateway.Threads;
using PluginGateway.Web.Health;

namespace PluginGateway.Hosting;

/// <summary>The loops of the gateway: started in their order, and watched together by their heartbeats. The main thread's is one of them.</summary>
internal sealed class ControlLoops(
    GuardServices guard, Dispatcher dispatcher, Supervisor supervisor, MessageStore store, Reloader reloader, IEnumerable<IWatchedLoop> others,
    GatewayHealth health, TimeProvider clock)
{
    /// <summary>Heartbeat of the main thread.</summary>
    public Heartbeat Main { get; } = new("main", clock);

    /// <summary>Starts the loops that units need.</summary>
    public void Start()
    {
        guard.Start();
        dispatcher.Start();
        foreach (var loop in others) loop.Start();
    }

    /// <summary>Starts the supervisor with the units that have been configured, and takes reloads from then on.</summary>
    public void StartSupervision()
    {
        health.Publish(
        [
            .. guard.Heartbeats, supervisor.Heartbeat, store.Heartbeat, .. dispatcher.Heartbeats,
            .. others.Select(static loop => loop.Heartbeat), Main
        ]);
        supervisor.Start();
        reloader.Start();
    }

    /// <summary>Adds a loop that must run.</summary>
    public void Watch(Heartbeat loop) => health.Publish([.. health.Heartbeats, loop]);
}
