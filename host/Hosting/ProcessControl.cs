using PluginGateway.Configuration.Options;
using PluginGateway.Reloading;
using PluginGateway.Shutdown;

namespace PluginGateway.Hosting;

/// <summary>What may be asked of the process from outside, by signals before anything else can ask: to end, to reload.</summary>
internal sealed class ProcessControl : IDisposable
{
    public ProcessControl(GatewayOptions options)
    {
        var longest = options.ShutdownBudget + options.LastResortGrace;
        Watchdog.Prepare();
        Stops = new StopRequests(Watchdog, () => KernelAlarm.Arm(longest + ShutdownSequence.AlarmAfterLastResort), () => Watchdog.Arm(longest));
        Signals = new StopSignals(signal =>
        {
            if (signal == StopSignal.Hangup) Reloads.Ask("SIGHUP", null);
            else Stops.Signal(signal);
        });
    }

    public ShutdownWatchdog Watchdog { get; } = new();

    public StopRequests Stops { get; }

    public ReloadQueue Reloads { get; } = new();

    public StopSignals Signals { get; }

    /// <summary>Gives the signals back.</summary>
    public void Dispose() => Signals.Dispose();
}
