using PluginGateway.Loading;
using PluginGateway.Posix;
using PluginGateway.Shutdown;
using PluginGateway.Status;
using PluginGateway.Supervision;
using PluginGateway.Units;

namespace PluginGateway.Hosting;

/// <summary>Progress of the start, which ends when every unit has settled. Where none can run, the gateway is asked to stop.</summary>
internal sealed class StartupProgress(
    Supervisor supervisor, DisabledReasons reasons, StatusReporter status, GatewayInfo info, PluginLoader loader, CurrentConfiguration running,
    StopRequests requests, ILogger<StartupProgress> log)
{
    public bool HasEnded => info.HasStarted;

    /// <summary>Checks the units. False: none can run, and the gateway has been asked to stop.</summary>
    public bool Update()
    {
        var snapshot = supervisor.Snapshot;
        if (HasEnded || snapshot.Units.Count == 0 || !snapshot.IsSettled) return true;
        if (snapshot.IsHopeless && !reasons.CanEnable)
        {
            var why = string.Join("; ", status.Judge().Reasons);
            log.Hopeless(why);
            requests.Ask($"nothing can run: {why}", ExitCodes.Configuration);
            return false;
        }

        info.HasStarted = true;
        loader.RemoveUnusedCopies(running.Value.Gateway.DataDirectory);
        return true;
    }
}
