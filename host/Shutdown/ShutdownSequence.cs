using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Posix;
using PluginGateway.Store;
using PluginGateway.Supervision;

namespace PluginGateway.Shutdown;

/// <summary>Stop sequence, on the main thread: one absolute deadline, each phase with its own bound, every wait on a thread of the gateway's own. To
/// be read from top to bottom.</summary>
internal sealed class ShutdownSequence(
    GatewayOptions options, ShutdownPhases phases, ShutdownAnnouncement announcement, ShutdownNotices notices, Dispatcher dispatcher,
    Supervisor supervisor, MessageStore store, ILogger<ShutdownSequence> log)
{
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs every phase and returns the exit code. Throws nothing: a failing step is logged and skipped, because a plugin may have left any
    /// limit, file or handler behind.</summary>
    public int Run(StopRequest request)
    {
        phases.Begin();
        Dispatched busy = default, left = default;
        IReadOnlyList<NoticeReport> told = [];
        TeardownReport[] teardowns = [];
        Balance? balance = null;
        phases.Try("saying so", () => announcement.TellServiceManager(request));
        phases.Try("counting what runs", () => busy = Dispatched.Of(dispatcher, Slice * 4));
        phases.Try("saying so", () => log.Stopping(request.Reason, options.ShutdownBudget.TotalSeconds, busy.Turns, busy.Sends));
        phases.Try("closing the intake", () =>
        {
            announcement.PublishReadiness(request);
            dispatcher.CloseIntake();
            announcement.EndEventStreams();
        });
        phases.Try("the notices", () => told = Notify(busy.Running));
        phases.Run(StopPhase.Drain, bound =>
        {
            dispatcher.BeginDrain();
            return phases.WaitUnlessHurried(bound, dispatcher.WaitDrained);
        });
        phases.Try("counting what runs", () => left = Dispatched.Of(dispatcher, Slice * 4));
        if (left.Turns + left.Sends > 0) phases.Try("saying so", () => log.NotDrained(left.Turns, left.Sends));
        phases.Try("ending the turns", dispatcher.StopTurns);
        phases.Run(StopPhase.Teardown, bound =>
        {
            supervisor.BeginStop(bound);
            return supervisor.WaitStopped(bound + Slice * 2);
        });
        phases.Try("looking at the teardowns", () =>
        {
            teardowns = TeardownReport.Of(supervisor.Snapshot);
            foreach (var teardown in teardowns.Where(static teardown => teardown.IsLate())) log.TeardownOverran(teardown.Id, teardown.UsedSeconds,
                teardown.Detail ?? "");
        });
        var isClosed = phases.Run(StopPhase.StoreClose, CloseStore);
        // The balance of the store's close; if it did not close in time, the last one before.
        phases.Try("reading the balance", () => balance = store.LastBalance);
        var exitCode = CodeOf(request, isClosed);
        phases.Try("the report", () => Report(request, exitCode, isClosed, told, teardowns, left, balance));
        phases.FlushLog();
        return exitCode;
    }

    /// <summary>Closes the store, after the dispatcher has recorded that messages refused by the teardown reached no adapter: otherwise they would be
    /// in doubt after the next start.</summary>
    private bool CloseStore(TimeSpan bound)
    {
        var began = phases.Elapsed;
        dispatcher.TrySnapshot(bound / 2, out _);
        return store.Close(bound - (phases.Elapsed - began));
    }

    /// <summary>Returns the exit code. A stop is planned only if the store was closed; otherwise the service manager should start the gateway again.
    /// No accepted message is lost either way.</summary>
    public static int CodeOf(StopRequest request, bool isStoreClosed) =>
        isStoreClosed || request.ExitCode != ExitCodes.Planned ? request.ExitCode : ExitCodes.Failed;

    private IReadOnlyList<NoticeReport> Notify(IReadOnlyList<RunningTurn> turns)
    {
        if (!notices.AreOn) return [];
        var round = notices.Begin(turns);
        phases.Run(StopPhase.Notices, bound => phases.WaitUnlessHurried(bound, round.Wait));
        var told = round.End();
        foreach (var report in told.Where(static report => report.NoResult > 0))
            log.NoticesWithoutResult(report.Id, report.Told, report.NoResult, report.Detail ?? "");
        return told;
    }

    private void Report(
        StopRequest request, int exitCode, bool isClosed, IReadOnlyList<NoticeReport> told, TeardownReport[] teardowns, Dispatched left,
        Balance? balance)
    {
        var owed = new OwedReport(balance?.Inbound.Pending ?? 0, balance?.Outbound.Pending ?? 0, left.Turns, left.Sends);
        var report = new ShutdownReport(request.Reason, phases.StartedUtc, Math.Round(phases.Elapsed.TotalSeconds, 3), exitCode, phases.Reports,
            teardowns, owed)
        {
            Notices = told,
        };
        TryWrite(report);
        log.Stopped(
            report.DurationSeconds, teardowns.Count(static teardown => teardown.IsLate()), teardowns.Length, isClosed ? "closed"
            : "left to its write-ahead log", owed.InboundPending, owed.OutboundPending, exitCode);
    }

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

    /// <summary>Running turns and sends of dispatch; empty, if it does not answer.</summary>
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
