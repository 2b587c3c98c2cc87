using PluginGateway.Configuration;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Shutdown;
using PluginGateway.Supervision;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Threads;
using PluginGateway.Units;

namespace PluginGateway.Reloading;

/// <summary>
/// Does the reloads, one after another, on a thread of its own that may wait: reads and compares, has candidates loaded, and only then tells the supervisor, which decides. What a
/// disk or a plugin can hang is on throw-away threads, every wait is bounded, and a stop ends each of them. Read <see cref="Run"/> from top to bottom.
/// </summary>
internal sealed class Reloader(
    ReloadQueue queue, ReloadComparison comparison, CurrentConfiguration running, UnitRegistry registry, AdapterControl control, Supervisor supervisor, Dispatcher dispatcher,
    StopRequests stops, TimeProvider clock, ILogger<Reloader> log)
{
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(20);

    /// <summary>For what has no deadline by the operator's choice: the answer does not wait for ever.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>A reload begins. On the reload thread: must not block.</summary>
    public event Action? Began;

    /// <summary>It has ended, whatever came of it.</summary>
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
            report = Refuse(request, $"A fault of the gateway's own ended the reload: {fault.GetType().Name}. 'plugin-gateway status' shows how every adapter is.");
        }

        report = report with { Done = true, Seconds = Math.Round(clock.GetElapsedTime(started).TotalSeconds, 3) };
        queue.Keep(report);
        Report(report);
        Ended?.Invoke(report);
    }

    private ReloadReport Run(ReloadRequest request)
    {
        if (!GoesOn) return Refuse(request, "The gateway is stopping.");
        var planned = supervisor.Steady.Now;
        if (comparison.Read(request, () => GoesOn) is not { } read) return Refuse(request, GoesOn
            ? $"The configuration and the plugin folders could not be read within {ReloadComparison.MostTime.TotalSeconds:0} s; a disk hangs. Nothing was changed."
            : "The gateway is stopping; nothing was changed.");
        string[] problems = [.. read.Result.Problems.Select(static problem => problem.ToString())];
        if (read.Result.Configuration is not { } written) return Refuse(request, "The configuration has errors; nothing was changed.") with { Problems = problems };
        if (read.Next is not { } next) return Refuse(request,
            $"There is no adapter '{request.Id}', neither at work nor in {written.Source}; there are: {NearestName.Listed([.. written.Adapters.Select(static adapter => adapter.Id)])}.") with { Problems = problems };

        var candidates = Load(read.Plan);
        if (!GoesOn)
        {
            Discard(candidates);
            return Refuse(request, "The gateway is stopping; nothing was changed.");
        }

        var allow = ChangedAllow(running.Value, next);
        var (plan, touched) = Commit(read.Plan, candidates, next, planned);
        AwaitSettled(touched, planned);
        return ReloadReport.Open(request) with
        {
            Problems = problems,
            Units = Describe(plan, candidates),
            Applied = [.. request.Id is null ? read.Change.Applied : [], .. allow],
            NeedsRestart = request.Id is null ? read.Change.NeedRestart : [],
        };
    }

    /// <summary>The adapters whose lists of who may speak have changed: they are in force at once, and no connection is replaced for them.</summary>
    private static string[] ChangedAllow(GatewayConfiguration inForce, GatewayConfiguration next)
    {
        var before = inForce.Adapters.ToDictionary(static adapter => adapter.Id, static adapter => adapter.Allow, StringComparer.Ordinal);
        return [.. next.Adapters.Where(adapter => before.TryGetValue(adapter.Id, out var allow) && allow != adapter.Allow).Select(static adapter => $"{adapter.Path}.allow")];
    }

    private static ReloadReport Refuse(ReloadRequest request, string why) => ReloadReport.Open(request) with { Refusal = why };

    private IReadOnlyDictionary<string, Candidate?> Load(IReadOnlyList<PlannedUnit> plan)
    {
        var loads = new CandidateLoads();
        var swaps = plan.Where(static unit => unit.Move == UnitMove.Swap).ToArray();
        foreach (var swap in swaps) loads.Begin(registry.Find(swap.Id)!, swap.Wanted!.Spec);
        var longest = swaps.Select(static swap => Bounded(swap.Wanted!.Spec.Timeouts.Load)).Append(TimeSpan.Zero).Max();
        return loads.Wait(longest + TimeSpan.FromSeconds(5), clock, () => GoesOn);
    }

    private void Discard(IReadOnlyDictionary<string, Candidate?> candidates)
    {
        foreach (var (id, candidate) in candidates)
        {
            if (candidate?.Plugin is { } plugin) registry.Post(id, new DiscardCommand(plugin));
        }
    }

    /// <summary>From here on nothing can fail any more: what is new is in force, and the supervisor is told what to do with each unit. Loading took its time, and the operator may have said something
    /// meanwhile: whether a unit runs is decided now, in one step with telling the supervisor. Returns the plan as it was carried out, and those to wait for, with their generations.</summary>
    private (IReadOnlyList<PlannedUnit> Plan, List<(PlannedUnit Unit, int Generation)> Touched) Commit(IReadOnlyList<PlannedUnit> plan, IReadOnlyDictionary<string, Candidate?> candidates, GatewayConfiguration next, DateTimeOffset planned)
    {
        registry.Forget();
        control.Adopt(next, planned + supervisor.Steady.WallOffset, registry.IsLeft);
        var drain = next.Gateway.Timeouts.Drain;
        List<(PlannedUnit, int)> touched = [];
        List<PlannedUnit> done = [];
        foreach (var unit in plan)
        {
            control.Atomically(() =>
            {
                var decided = unit.Wanted is null ? unit : unit with { Rest = control.DisabledReasonOf(unit.Id) };
                done.Add(decided);
                if (Carry(decided, candidates.GetValueOrDefault(unit.Id), drain, planned) is not { } generation) return;
                touched.Add((decided, generation));
                dispatcher.ForgetHolds(unit.Id);
            });
        }

        dispatcher.SetShares([.. running.Value.Adapters.Select(static adapter => adapter.Id)]);
        dispatcher.Reroute();
        return (done, touched);
    }

    /// <summary>Tells the supervisor what to do with one unit. Returns its generation so far; null: there is nothing to wait for.</summary>
    private int? Carry(PlannedUnit plan, Candidate? candidate, TimeSpan drain, DateTimeOffset planned)
    {
        if (plan.Wanted is not { } wanted)
        {
            var leaving = registry.Find(plan.Id)!;
            leaving.Post(new DisableCommand("removed from the configuration", drain));
            leaving.Post(new RemoveCommand());
            return leaving.State.Generation;
        }

        var unit = registry.FindOrMake(wanted);
        var machine = registry.MachineOf(wanted);
        var generation = unit.State.Generation;
        switch (plan.Move)
        {
            case UnitMove.Keep:
                unit.Post(new AdoptCommand(wanted.Spec, machine));
                return null;
            case UnitMove.Swap when candidate?.Plugin is null:
                return null;
            case UnitMove.Add:
                unit.Post(new AddCommand());
                unit.Post(new ReplaceCommand(wanted.Spec, machine, null, Starts: plan.Rest is null, drain));
                if (plan.Rest is not null) unit.Post(new DisableCommand(plan.Rest.Reason) { Phase = plan.Rest.Phase });
                return generation;
            case UnitMove.Disable when plan.Rest is not null:
                unit.Post(new DisableCommand(plan.Rest.Reason, drain));
                break;
        }

        // One that rests keeps what it gets for its next start.
        unit.Post(new ReplaceCommand(wanted.Spec, machine, candidate?.Plugin, Starts: plan.Rest is null, drain) { Planned = planned });
        if (plan.Rest is { Phase: UnitPhase.Parked } parked) unit.Post(new DisableCommand(parked.Reason) { Phase = parked.Phase });
        return generation;
    }

    /// <summary>Waits until every unit that was touched has got as far as it can for now, or somebody stops the gateway, or its deadlines have passed.</summary>
    private void AwaitSettled(List<(PlannedUnit Unit, int Generation)> touched, DateTimeOffset planned)
    {
        var drain = Bounded(running.Value.Gateway.Timeouts.Drain);
        var longest = touched.Select(item => item.Unit.Wanted?.Spec.Timeouts).OfType<CallTimeouts>()
            .Select(static timeouts => Bounded(timeouts.Disconnect) + Bounded(timeouts.Load) * 2 + Bounded(timeouts.Connect)).Append(Patience).Max();
        var started = clock.GetTimestamp();
        while (GoesOn && clock.GetElapsedTime(started) < drain + longest)
        {
            var now = supervisor.Snapshot.Units.ToDictionary(static unit => unit.Id, StringComparer.Ordinal);
            var since = planned + supervisor.Steady.WallOffset;
            if (touched.TrueForAll(item => IsSettled(item.Unit, item.Generation, now.GetValueOrDefault(item.Unit.Id), since))) return;
            Thread.Sleep(Slice);
        }
    }

    private static bool IsSettled(PlannedUnit planned, int generation, UnitSnapshot? unit, DateTimeOffset since) => planned switch
    {
        { Wanted: null } => unit is null or { Phase: UnitPhase.Disabled, TearingDown: 0 },
        { Rest: not null } => unit is { TearingDown: 0, Phase: not (UnitPhase.Loading or UnitPhase.Connecting) },
        _ when unit is { Phase: UnitPhase.Quarantined } && unit.SinceUtc > since => true,
        _ => unit is not null && unit.Generation > generation && unit.Phase is not (UnitPhase.Loading or UnitPhase.Connecting),
    };

    private ReloadedUnit[] Describe(IReadOnlyList<PlannedUnit> plan, IReadOnlyDictionary<string, Candidate?> candidates)
    {
        var now = supervisor.Snapshot.Units.ToDictionary(static unit => unit.Id, StringComparer.Ordinal);
        dispatcher.TrySnapshot(TimeSpan.FromMilliseconds(200), out var traffic);
        var owed = traffic.Adapters.ToDictionary(static adapter => adapter.AdapterId, static adapter => adapter.Owed, StringComparer.Ordinal);
        return [.. plan.Select(planned => ReloadDescription.Of(planned, candidates.GetValueOrDefault(planned.Id), now.GetValueOrDefault(planned.Id), owed.GetValueOrDefault(planned.Id)))];
    }

    private static TimeSpan Bounded(TimeSpan limit) => limit > TimeSpan.Zero && limit < Patience ? limit : Patience;

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
        log.ReloadEnded(report.Seconds, report.Units.Count(static unit => unit.Outcome != ReloadOutcome.Unchanged), report.Units.Count(static unit => !unit.Ok));
    }
}
