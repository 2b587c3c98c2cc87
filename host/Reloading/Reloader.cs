using PluginGateway.Configuration;
using PluginGateway.Shutdown;
using PluginGateway.Threads;

namespace PluginGateway.Reloading;

/// <summary>
/// Runs the reloads, one after another, on a thread of its own that may wait: reads and compares, has candidates loaded, and only then tells the
/// supervisor, which decides. Steps in which a disk or a plugin can hang run on throw-away threads, every wait is bounded, and a stop ends each of
/// them. Read <see cref="Run"/> from top to bottom.
/// </summary>
internal sealed class Reloader(
    ReloadQueue queue, ReloadComparison comparison, CandidateLoader loader, ReloadCommit commit, ReloadSettlement settlement,
    StopRequests stops, TimeProvider clock, ILogger<Reloader> log)
{
    /// <summary>A reload begins. On the reload thread: must not block.</summary>
    public event Action? Began;

    /// <summary>Raised when a reload has ended, with its report.</summary>
    public event Action<ReloadReport>? Ended;

    private bool GoesOn => stops.First is null;

    public void Start() => LoopThread.Start("reload", () =>
    {
        while (true) Do(queue.Take());
    });

    private void Do(ReloadRequest request)
    {
        log.ReloadBegins(request.By, request.Id ?? "everything");
        Began?.Invoke();
        var started = clock.GetTimestamp();
        ReloadReport report;
        try
        {
            report = Run(request);
        }
        catch (Exception fault)
        {
            log.ReloadFault(fault);
            report = Refuse(request,
                $"A fault of the gateway's own ended the reload: {fault.GetType().Name}. 'plugin-gateway status' shows how every adapter is.");
        }

        report = report with { Done = true, Seconds = Math.Round(clock.GetElapsedTime(started).TotalSeconds, 3) };
        queue.Keep(report);
        Report(report);
        Ended?.Invoke(report);
    }

    private ReloadReport Run(ReloadRequest request)
    {
        if (!GoesOn) return Refuse(request, "The gateway is stopping.");
        if (comparison.Read(request, () => GoesOn) is not { } read) return Refuse(request, GoesOn
            ? $"The configuration and the plugin folders could not be read within {ReloadComparison.MostTime.TotalSeconds:0} s; a disk hangs. Nothing was changed."
            : "The gateway is stopping; nothing was changed.");
        string[] problems = [.. read.Result.Problems.Select(static problem => problem.ToString())];
        if (read.Result.Configuration is not { } written)
            return Refuse(request, "The configuration has errors; nothing was changed.") with { Problems = problems };
        if (read.Next is not { } next) return Refuse(request,
            $"There is no adapter '{request.Id}', neither at work nor in {written.Source}; there are: {NearestName.Listed([.. written.Adapters.Select(static adapter => adapter.Id)])}.") with { Problems = problems };

        var candidates = loader.Load(read.Plan, () => GoesOn);
        if (!GoesOn)
        {
            loader.Discard(candidates);
            return Refuse(request, "The gateway is stopping; nothing was changed.");
        }

        // The following steps cannot fail: the new configuration is in force, and the supervisor has its events.
        var committed = commit.Run(read, next, candidates);
        settlement.Await(committed, () => GoesOn);
        return ReloadReport.Open(request) with
        {
            Problems = problems,
            Units = settlement.Describe(committed.Plan, candidates),
            Applied = [.. request.Id is null ? read.Change.Applied : [], .. read.ChangedRules],
            NeedsRestart = request.Id is null ? read.Change.NeedRestart : [],
        };
    }

    private static ReloadReport Refuse(ReloadRequest request, string why) => ReloadReport.Open(request) with { Refusal = why };

    private void Report(ReloadReport report)
    {
        if (report.Refusal is { } why)
        {
            log.ReloadRefused(why);
            return;
        }

        foreach (var unit in report.Units.Where(static unit => unit.Outcome != ReloadOutcome.Unchanged))
        {
            var outcome = unit.Outcome.ToString().ToLowerInvariant();
            if (unit.Ok) log.UnitReloaded(unit.Id, unit.Plugin, outcome, unit.State ?? "gone");
            else log.UnitNotReloaded(unit.Id, unit.Plugin, outcome, unit.State ?? "gone", unit.Code ?? "", unit.Reason ?? "");
        }

        if (report.NeedsRestart.Count > 0) log.NeedsRestart(string.Join(", ", report.NeedsRestart));
        log.ReloadEnded(
            report.Seconds, report.Units.Count(static unit => unit.Outcome != ReloadOutcome.Unchanged), report.Units.Count(static unit => !unit.Ok));
    }
}
