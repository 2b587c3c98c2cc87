using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Instance;
using PluginGateway.Logging;
using PluginGateway.Posix;
using PluginGateway.Store;
using PluginGateway.Supervision;
using PluginGateway.Supervision.Machine;
using PluginGateway.Web.Events;
using PluginGateway.Web.Health;

namespace PluginGateway.Shutdown;

/// <summary>The way down, on the main thread: one absolute deadline, each phase with its own bound, every wait on a thread of ours. Read it from top to bottom.</summary>
internal sealed class ShutdownSequence(
    GatewayOptions options, StopRequests requests, ShutdownWatchdog shutdownWatchdog, Dispatcher dispatcher, Supervisor supervisor, MessageStore store, EventTopics topics, GatewayHealth health, ShutdownNotices notices, ServiceManager manager,
    LogWriter logWriter, TimeProvider clock, ILogger<ShutdownSequence> log)
{
    /// <summary>How long after the last resort the kernel's alarm comes.</summary>
    public static readonly TimeSpan AlarmAfterLastResort = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(50);

    private const string Closed = "closed";

    private readonly ShutdownBudget _budget = new(BoundsOf(options));
    private readonly List<PhaseReport> _phases = [];
    private long _started;

    /// <summary>Runs every phase and returns the code to end with. Throws nothing: what fails is said and passed over, because a plugin may have left any limit, file or handler behind.</summary>
    public int Run(StopRequest request)
    {
        _started = clock.GetTimestamp();
        var startedUtc = clock.GetUtcNow();
        Dispatched busy = default, left = default;
        IReadOnlyList<NoticeReport> told = [];
        TeardownReport[] teardowns = [];
        Balance? balance = null;
        Try("saying so", () => manager.Stopping(request.Reason, options.ShutdownBudget + options.LastResortGrace + AlarmAfterLastResort));
        Try("counting what runs", () => busy = Dispatched.Of(dispatcher, Slice * 4));
        Try("saying so", () => log.Stopping(request.Reason, options.ShutdownBudget.TotalSeconds, busy.Turns, busy.Sends));
        Try("closing the intake", () =>
        {
            health.Publish(new Readiness(false, true, [$"stopping: {request.Reason}"]));
            dispatcher.CloseIntake();
            topics.Stopping();
        });
        Try("the notices", () => told = Notify(busy.Running));
        Phase(StopPhase.Drain, bound =>
        {
            dispatcher.BeginDrain();
            return WaitUnlessHurried(bound, dispatcher.WaitDrained);
        });
        Try("counting what runs", () => left = Dispatched.Of(dispatcher, Slice * 4));
        if (left.Turns + left.Sends > 0) Try("saying so", () => log.NotDrained(left.Turns, left.Sends));
        Try("ending the turns", dispatcher.StopTurns);
        Phase(StopPhase.Teardown, bound =>
        {
            supervisor.BeginStop(bound);
            return supervisor.WaitStopped(bound + Slice * 2);
        });
        Try("looking at the teardowns", () =>
        {
            teardowns = Teardowns();
            foreach (var teardown in teardowns.Where(IsLate)) log.TeardownOverran(teardown.Id, teardown.UsedSeconds, teardown.Detail ?? "");
        });
        var isClosed = Phase(StopPhase.StoreClose, store.Close);
        // The last thing that the store did before it closed; if it did not, what it has last said.
        Try("reading the balance", () => balance = store.LastBalance);
        var exitCode = CodeOf(request, isClosed);
        Try("the report", () => Report(request, startedUtc, exitCode, isClosed, told, teardowns, left, balance));
        shutdownWatchdog.Doing = "flushing the log";
        Try("flushing the log", () => logWriter.Flush(_budget.Grant(StopPhase.LogFlush, clock.GetElapsedTime(_started))));
        return exitCode;
    }

    /// <summary>A planned stop is one that closed the store: else the service manager should start it again. Nothing accepted is lost either way.</summary>
    public static int CodeOf(StopRequest request, bool isStoreClosed) => isStoreClosed || request.ExitCode != ExitCodes.Planned ? request.ExitCode : ExitCodes.Failed;

    private void Report(
        StopRequest request, DateTimeOffset startedUtc, int exitCode, bool isClosed, IReadOnlyList<NoticeReport> told, TeardownReport[] teardowns, Dispatched left, Balance? balance)
    {
        var owed = new OwedReport(balance?.Inbound.Pending ?? 0, balance?.Outbound.Pending ?? 0, left.Turns, left.Sends);
        var report = new ShutdownReport(request.Reason, startedUtc, Math.Round(clock.GetElapsedTime(_started).TotalSeconds, 3), exitCode, _phases, teardowns, owed)
        {
            Notices = told,
        };
        TryWrite(report);
        log.Stopped(
            report.DurationSeconds, teardowns.Count(IsLate), teardowns.Length, isClosed ? "closed" : "left to its write-ahead log", owed.InboundPending, owed.OutboundPending, exitCode);
    }

    private static bool IsLate(TeardownReport teardown) => teardown.Outcome != Closed;

    private IReadOnlyList<NoticeReport> Notify(IReadOnlyList<RunningTurn> turns)
    {
        if (!notices.AreOn) return [];
        var round = notices.Begin(turns);
        Phase(StopPhase.Notices, bound => WaitUnlessHurried(bound, round.Wait));
        var told = round.End();
        foreach (var report in told.Where(static report => report.NoResult > 0)) log.NoticesWithoutResult(report.Id, report.Told, report.NoResult, report.Detail ?? "");
        return told;
    }

    private static ShutdownBounds BoundsOf(GatewayOptions options) => new(
        options.ShutdownBudget, options.Timeouts.Notice, options.Timeouts.Drain, options.Timeouts.Disconnect, options.Timeouts.StoreClose, ShutdownBounds.Default.LogFlush);

    private bool Phase(StopPhase phase, Func<TimeSpan, bool> run)
    {
        shutdownWatchdog.Doing = phase.ToString();
        var began = clock.GetElapsedTime(_started);
        var bound = _budget.Grant(phase, began);
        var finished = false;
        Try(phase.ToString(), () => finished = run(bound));
        var used = clock.GetElapsedTime(_started) - began;
        _phases.Add(new PhaseReport(phase, Math.Round(used.TotalSeconds, 3), Math.Round(bound.TotalSeconds, 3), finished));
        Try("saying so", () => log.PhaseEnded(phase, used.TotalSeconds, bound.TotalSeconds, finished ? "finished" : "not finished"));
        return finished;
    }

    private void Try(string what, Action step)
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
                // Then the end is all that is left.
            }
        }
    }

    /// <summary>Waits in slices, so that a second signal is noticed.</summary>
    private bool WaitUnlessHurried(TimeSpan bound, Func<TimeSpan, bool> wait)
    {
        var began = clock.GetTimestamp();
        while (!requests.IsHurried && bound - clock.GetElapsedTime(began) is { Ticks: > 0 } left)
        {
            if (wait(left < Slice ? left : Slice)) return true;
        }

        return false;
    }

    private TeardownReport[] Teardowns() =>
    [
        .. supervisor.Snapshot.Units.Where(static unit => unit.LastTeardown is not null || unit.Phase == UnitPhase.Stopping).Select(static unit => unit.Phase == UnitPhase.Stopping
            ? new TeardownReport(unit.Id, unit.Plugin, "overran", 0, 0, "its teardown had not ended when the phase did")
            : Report(unit, unit.LastTeardown!)),
    ];

    /// <summary>A send that hangs is no fault of the teardown: it is left behind, and said.</summary>
    private static TeardownReport Report(UnitSnapshot unit, TeardownOutcome done)
    {
        var overran = done.Overran.Any(static operation => operation is "disconnect" or "dispose" or "run" or "connect" or "create");
        var detail = done.Overran.Count == 0 ? null : $"abandoned: {string.Join(", ", done.Overran)}";
        return new TeardownReport(unit.Id, unit.Plugin, overran ? "overran" : Closed, Seconds(done.Used), Seconds(done.Bound), detail);
    }

    private static double Seconds(TimeSpan span) => Math.Round(span.TotalSeconds, 3);

    private void TryWrite(ShutdownReport report)
    {
        try
        {
            report.Write(options.DataDirectory);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            log.ReportNotWritten(problem);
        }
    }

    /// <summary>What dispatch is busy with; nothing, where it does not say.</summary>
    private readonly record struct Dispatched(IReadOnlyList<RunningTurn>? RunningTurns, int Sends)
    {
        public IReadOnlyList<RunningTurn> Running => RunningTurns ?? [];

        public int Turns => Running.Count;

        public static Dispatched Of(Dispatcher dispatcher, TimeSpan bound)
        {
            dispatcher.TrySnapshot(bound, out var snapshot);
            return new(snapshot.RunningTurns, snapshot.SendsInFlight);
        }
    }
}
