using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Tests.Simulation;

/// <summary>One adapter id or handler under the real machine, which executes the machine's effects as supervision does, on a plugin that is made of a
/// script.</summary>
internal sealed class SimulatedUnit
{
    private readonly SimulationFixture _simulationFixture;
    private readonly UnitMachine _machine;
    private readonly Func<int, SimulatedGeneration> _create;

    public SimulatedUnit(SimulationFixture simulationFixture, string id, Func<int, SimulatedGeneration> create)
    {
        (_simulationFixture, Id, _create) = (simulationFixture, id, create);
        var reconnect = new ReconnectOptions();
        _machine = new UnitMachine(new UnitOptions(reconnect, OnWedged.Quarantine), new BackoffPolicy(reconnect, simulationFixture.Random),
            () => simulationFixture.NextGeneration(id));
        State = new UnitState(UnitPhase.Disabled, "", simulationFixture.Now);
    }

    public string Id { get; }

    public UnitState State { get; private set; }

    public SimulatedGeneration? Current { get; private set; }

    /// <summary>The generation that was given to dispatch and not taken from it.</summary>
    public int? Attached { get; private set; }

    public void Tick()
    {
        if (State.Phase == UnitPhase.Waiting && _simulationFixture.Now >= State.DueUtc) Apply(new Tick());
    }

    public void Apply(UnitEvent happened)
    {
        var before = State;
        var (after, effects) = _machine.Step(before, happened, _simulationFixture.Now);
        State = after;
        if (effects.Count > 0 || after.Phase != before.Phase) _simulationFixture.Trace.Add(
            $"{Id}: {Describe(happened)} -> {after.Phase} [{string.Join(", ", effects.Select(static e => $"{e.GetType().Name} {e.Generation}"))}]");
        CheckTransition(before, happened, after, effects);
        foreach (var effect in effects) Execute(effect);
    }

    private static string Describe(UnitEvent happened) => happened switch
    {
        GenerationFailed generationFailed => $"broke {generationFailed.Generation} ({generationFailed.Failure.Kind})",
        StepEnded step => $"{step.Step} of {step.Generation} {(step.Failure is null ? "ended" : "failed")}",
        TeardownEnded ended => $"teardown of {ended.Generation} ended",
        _ => happened.GetType().Name,
    };

    private void CheckTransition(UnitState before, UnitEvent happened, UnitState after, IReadOnlyList<UnitEffect> effects)
    {
        if (happened is GenerationFailed { Failure.Kind: FailureKind.Retry } generationFailed
            && UnitMachine.IsCurrent(before, generationFailed.Generation))
        {
            _simulationFixture.Trace.Require(after is { Phase: UnitPhase.Waiting, DueUtc: not null },
                $"{Id}: a fault that can be retried was not queued for a reconnect but is {after.Phase}");
            string[] order = [nameof(Retire), nameof(Detach), nameof(TearDown)];
            _simulationFixture.Trace.Require(effects.Select(static e => e.GetType().Name).SequenceEqual(order),
                $"{Id}: the order of a fatal error is {string.Join(", ", effects.Select(static e => e.GetType().Name))}");
        }

        if (after.Phase == UnitPhase.Waiting) _simulationFixture.Trace.Require(after.DueUtc is not null, $"{Id} waits for nothing");
    }

    private void Execute(UnitEffect effect)
    {
        switch (effect)
        {
            case BeginStep { Step: UnitStep.Load } begin:
                _simulationFixture.Trace.Require(
                    Current is not { IsRetired: false }, $"{Id}: generation {begin.Generation} is made while {Current?.Generation} is alive");
                _simulationFixture.Trace.Require(
                    begin.Generation > _simulationFixture.Ledger.LastGeneration(Id), $"{Id}: generation {begin.Generation} has been before");
                Current = _create(begin.Generation);
                EndStep(begin);
                break;
            case BeginStep begin:
                EndStep(begin);
                break;
            case Attach attach:
                _simulationFixture.Trace.Require(Attached is null, $"{Id}: generation {attach.Generation} is attached beside {Attached}");
                Attached = attach.Generation;
                Current!.Attach();
                BreakSomeTime(attach.Generation);
                break;
            case Retire:
                Current!.IsRetired = true;
                break;
            case Detach detach:
                if (Attached == detach.Generation) Attached = null;
                Current!.Detach();
                break;
            case TearDown tearDown:
                _simulationFixture.Trace.Require(Current!.IsRetired && Attached is null,
                    $"{Id}: generation {tearDown.Generation} is torn down before it was retired and detached");
                _simulationFixture.After(_simulationFixture.Seconds(0, 5), () => Apply(new TeardownEnded(tearDown.Generation)));
                break;
        }
    }

    private void EndStep(BeginStep begin) => _simulationFixture.After(_simulationFixture.Seconds(0, 0.3), () =>
        Apply(new StepEnded(
            begin.Generation, begin.Step, _simulationFixture.HasFaults && _simulationFixture.Chance(0.05) ? _simulationFixture.AnyFailure() : null)
        {
            HoldsCredential = Id.Length % 2 == 0
        }));

    private void BreakSomeTime(int generation)
    {
        if (!_simulationFixture.Chance(0.5)) return;
        var failure = _simulationFixture.AnyFailure();
        _simulationFixture.After(_simulationFixture.Seconds(0, 60), () =>
        {
            if (!_simulationFixture.HasFaults) return;
            Apply(new GenerationFailed(generation, failure));
            // Some say it twice.
            if (_simulationFixture.Chance(0.3)) Apply(new GenerationFailed(generation, failure));
        });
    }
}

/// <summary>One instance of a plugin, behind the guard's port: a call is refused once it is retired, else entered, and ends exactly once.</summary>
internal abstract class SimulatedGeneration(SimulationFixture simulationFixture, int generation)
{
    protected SimulationFixture World { get; } = simulationFixture;

    public int Generation { get; } = generation;

    public bool IsRetired { get; set; }

    public abstract void Attach();

    public abstract void Detach();

    protected abstract void Enter(GuardedCall call);

    /// <summary>The call waits for its lane a moment; by then the generation may have been retired.</summary>
    protected void Post(GuardedCall call) => World.After(World.Chance(0.5) ? TimeSpan.Zero : World.Seconds(0, 0.1), () =>
    {
        if (IsRetired) call.Finish(new CallEnd(CallEndKind.Refused, CallStage.NotEntered, TimeSpan.Zero, null));
        else Enter(call);
    });

    protected static void End(GuardedCall call, CallEndKind kind) => call.Finish(new CallEnd(
        kind, CallStage.Awaiting, TimeSpan.FromSeconds(1),
        kind == CallEndKind.Failed ? new CallFailure("System.Exception", "by script", null) : null));
}
