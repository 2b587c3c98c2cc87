using PluginGateway.Posix;
using PluginGateway.Shutdown;
using PluginGateway.Store;

namespace PluginGateway.Hosting;

/// <summary>The gateway between its start and its stop, on the main thread.</summary>
internal sealed class Gateway(
    ControlLoops loops, UnitStarter units, StartupProgress startup, ReadinessPublisher readiness, MessageStore store, StopRequests requests,
    ShutdownSequence shutdownSequence, ILogger<Gateway> log)
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ReadyTickInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Starts the loops, then every unit that is switched on. Returns at once.</summary>
    public void Start()
    {
        loops.Start();
        readiness.FollowReloads();
        units.Configure();
        loops.StartSupervision();
    }

    /// <summary>Blocks until a stop is requested, runs the stop sequence and returns the exit code.</summary>
    public int RunUntilStopped()
    {
        while (!requests.Wait(startup.HasEnded ? ReadyTickInterval : TickInterval))
        {
            loops.Main.Beat();
            try
            {
                OnTick();
            }
            catch (Exception fault)
            {
                // A plugin may have lowered limits or removed files: this thread must go on, because it runs the stop.
                log.LookFailed(fault.GetType().FullName, fault.Message);
            }
        }

        return shutdownSequence.Run(requests.First!);
    }

    private void OnTick()
    {
        // Without its store the gateway must not accept messages: it ends, and the service manager starts another on the file that has the name now.
        if (store.Broken is { Code: StoreCode.Replaced } lost) requests.Ask($"the store was taken away: {lost.Message}", ExitCodes.Aborted);
        if (startup.Update()) readiness.Publish();
    }
}
