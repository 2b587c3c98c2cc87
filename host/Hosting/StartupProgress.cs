using PluginGateway.Loading;
using PluginGateway.Posix;
using PluginGateway.Shutdown;
using PluginGateway.Status;
using PluginGateway.Supervision;
using PluginGateway.Units;

namespace PluginGateway.Hosting;

/// <summary>The start, which ends when every unit has got as far as it can for now. Where none can run, the gateway is asked to end.</summary>
internal sealed class StartupProgress(
    Supervisor supervisor, DisabledReasons reasons, StatusReporter status, GatewayInfo info, PluginLoader loader, CurrentConfiguration running,
    StopRequests requests, ILogger<StartupProgress> log)
{
    public bool HasEnded => info.HasStarted;

    /// <summary>Looks at the units. False: nothing can run, and the end has been asked for.</summary>
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
