using PluginGateway.Configuration.Options;
using PluginGateway.Logging;

namespace PluginGateway.Shutdown;

/// <summary>Runs the steps of a stop, one after another, and the phases among them within the budget. Throws nothing: a step that fails is logged and
/// skipped.</summary>
internal sealed class ShutdownPhases(
    GatewayOptions options, StopRequests requests, ShutdownWatchdog watchdog, LogWriter logWriter, TimeProvider clock, ILogger<ShutdownPhases> log)
{
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(50);

    private readonly ShutdownBudget _budget = new(BoundsOf(options));
    private readonly List<PhaseReport> _reports = [];
    private long _started;

    /// <summary>Start of the stop.</summary>
    public DateTimeOffset StartedUtc { get; private set; }

    /// <summary>Time since the start of the stop.</summary>
    public TimeSpan Elapsed => clock.GetElapsedTime(_started);

    /// <summary>Reports of the phases that have ended, in their order.</summary>
    public IReadOnlyList<PhaseReport> Reports => _reports;

    public void Begin() => (_started, StartedUtc) = (clock.GetTimestamp(), clock.GetUtcNow());

    /// <summary>Runs one phase with the time granted to it. False: the phase has not finished, or failed.</summary>
    public bool Run(StopPhase phase, Func<TimeSpan, bool> run)
    {
        watchdog.Doing = phase.ToString();
        var began = Elapsed;
        var bound = _budget.Grant(phase, began);
        var finished = false;
        Try(phase.ToString(), () => finished = run(bound));
        var used = Elapsed - began;
        _reports.Add(new PhaseReport(phase, Math.Round(used.TotalSeconds, 3), Math.Round(bound.TotalSeconds, 3), finished));
        Try("saying so", () => log.PhaseEnded(phase, used.TotalSeconds, bound.TotalSeconds, finished ? "finished" : "not finished"));
        return finished;
    }

    /// <summary>Runs the last phase, which is not in the report.</summary>
    public void FlushLog()
    {
        watchdog.Doing = "flushing the log";
        Try("flushing the log", () => logWriter.Flush(_budget.Grant(StopPhase.LogFlush, Elapsed)));
    }

    /// <summary>Runs a step that is too short for a bound.</summary>
    public void Try(string what, Action step)
    {
        try
        {
            step();
        }
        catch (Exception fault)
        {
            try
            {
                log.StopStepFailed(what, fault.GetType().FullName, fault.Message);
            }
            catch (Exception)
            {
                // The failure cannot be logged; the stop goes on.
            }
        }
    }

    /// <summary>Waits in slices, so that a second signal is noticed.</summary>
    public bool WaitUnlessHurried(TimeSpan bound, Func<TimeSpan, bool> wait)
    {
        var began = clock.GetTimestamp();
        while (!requests.IsHurried && bound - clock.GetElapsedTime(began) is { Ticks: > 0 } left)
        {
            if (wait(left < Slice ? left : Slice)) return true;
        }

        return false;
    }

    private static ShutdownBounds BoundsOf(GatewayOptions options) => new(
        options.ShutdownBudget, options.Timeouts.Notice, options.Timeouts.Drain, options.Timeouts.Disconnect, options.Timeouts.StoreClose,
        ShutdownBounds.Default.LogFlush);
}
