using PluginGateway.Configuration.Options;
using PluginGateway.Reloading;
using PluginGateway.Shutdown;

namespace PluginGateway.Hosting;

/// <summary>The requests that reach the process from outside, by signals before anything else can ask.</summary>
internal sealed class ProcessControl : IDisposable
{
    public ProcessControl(GatewayOptions options)
    {
        var longest = options.ShutdownBudget + options.LastResortGrace;
        var watchdog = new ShutdownWatchdog();
        watchdog.Prepare();
        var stops = new StopRequests(watchdog, () => KernelAlarm.Arm(longest + KernelAlarm.AfterWatchdog), () => watchdog.Arm(longest));
        Requests = new(stops, watchdog, new ReloadQueue());
        Signals = new StopSignals(signal =>
        {
            if (signal == StopSignal.Hangup) Requests.Reloads.Ask("SIGHUP", null);
            else Requests.Stops.Signal(signal);
        });
    }

    public ProcessRequests Requests { get; }

    public StopSignals Signals { get; }

    /// <summary>Gives the signals back.</summary>
    public void Dispose() => Signals.Dispose();
}
