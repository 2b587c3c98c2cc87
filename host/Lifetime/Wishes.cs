using PluginGateway.Configuration;

namespace PluginGateway.Lifetime;

/// <summary>What may be asked of the process from outside, by signals before anything else can ask: to end, to reload.</summary>
internal sealed class Wishes : IDisposable
{
    public Wishes(GatewayOptions options)
    {
        var longest = options.ShutdownBudget + options.LastResortGrace;
        LastResort.Prepare();
        Stops = new StopRequests(LastResort, () => KernelAlarm.Arm(longest + StopSequence.AlarmAfterLastResort), () => LastResort.Arm(longest));
        Signals = new StopSignals(signal =>
        {
            if (signal == StopSignal.Hangup) Reloads.Ask("SIGHUP", null);
            else Stops.Signal(signal);
        });
    }

    public LastResort LastResort { get; } = new();

    public StopRequests Stops { get; }

    public ReloadRequests Reloads { get; } = new();

    public StopSignals Signals { get; }

    /// <summary>Gives the signals back.</summary>
    public void Dispose() => Signals.Dispose();
}
