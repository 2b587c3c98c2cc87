using PluginGateway.Configuration;
using PluginGateway.Guard;
using PluginGateway.Supervision;

namespace PluginGateway.Tests.Simulation;

/// <summary>One adapter id or handler under the real machine, which executes the machine's effects as supervision does, on a plugin that is made of a script.</summary>
internal sealed class SimulatedUnit
{
    private readonly World _world;
    private readonly UnitMachine _machine;
    private readonly Func<int, SimulatedGeneration> _create;

    public SimulatedUnit(World world, string id, Func<int, SimulatedGeneration> create)
    {
        (_world, Id, _create) = (world, id, create);
        var reconnect = new ReconnectOptions();
        _machine = new UnitMachine(new UnitTerms(reconnect, OnWedged.Quarantine), new BackoffPolicy(reconnect, world.Random), () => world.NextGeneration(id));
        State = new UnitState(UnitPhase.Disabled, "", world.Now);
    }

    public string Id { get; }

    public UnitState State { get; private set; }

    public SimulatedGeneration? Current { get; private set; }

    /// <summary>The generation that was given to dispatch and not taken from it.</summary>
    public int? Attached { get; private set; }

    public void Tick()
    {
        if (State.Phase == UnitPhase.Waiting && _world.Now >= State.DueUtc) Apply(new Tick());
    }

    public void Apply(UnitEvent happened)
    {
        var before = State;
        var (after, effects) = _machine.Step(before, happened, _world.Now);
        State = after;
        if (effects.Count > 0 || after.Phase != before.Phase) _world.Trace.Add($"{Id}: {Describe(happened)} -> {after.Phase} [{string.Join(", ", effects.Select(static e => $"{e.GetType().Name} {e.Generation}"))}]");
        CheckTransition(before, happened, after, effects);
        foreach (var effect in effects) Execute(effect);
    }

    private static string Describe(UnitEvent happened) => happened switch
    {
        Broke broke => $"broke {broke.Generation} ({broke.Trouble.Kind})",
        StepEnded step => $"{step.Step} of {step.Generation} {(step.Trouble is null ? "ended" : "failed")}",
        TeardownEnded ended => $"teardown of {ended.Generation} ended",
        _ => happened.GetType().Name,
    };

    private void CheckTransition(UnitState before, UnitEvent happened, UnitState after, IReadOnlyList<UnitEffect> effects)
    {
        if (happened is Broke { Trouble.Kind: TroubleKind.Retry } broke && UnitMachine.IsCurrent(before, broke.Generation))
        {
            _world.Trace.Require(after is { Phase: UnitPhase.Waiting, DueUtc: not null }, $"{Id}: a fault that can be retried was not queued for a reconnect but is {after.Phase}");
            string[] order = [nameof(Retire), nameof(EnqueueReconnect), nameof(Detach), nameof(TearDown)];
            _world.Trace.Require(effects.Select(static e => e.GetType().Name).SequenceEqual(order), $"{Id}: the order of a fatal error is {string.Join(", ", effects.Select(static e => e.GetType().Name))}");
        }

        if (after.Phase == UnitPhase.Waiting) _world.Trace.Require(after.DueUtc is not null, $"{Id} waits for nothing");
    }

    private void Execute(UnitEffect effect)
    {
        switch (effect)
        {
            case BeginStep { Step: UnitStep.Load } begin:
                _world.Trace.Require(Current is not { IsRetired: false }, $"{Id}: generation {begin.Generation} is made while {Current?.Generation} is alive");
                _world.Trace.Require(begin.Generation > _world.Ledger.LastGeneration(Id), $"{Id}: generation {begin.Generation} has been before");
                Current = _create(begin.Generation);
                EndStep(begin);
                break;
            case BeginStep begin:
                EndStep(begin);
                break;
            case Attach attach:
                _world.Trace.Require(Attached is null, $"{Id}: generation {attach.Generation} is attached beside {Attached}");
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
                _world.Trace.Require(Current!.IsRetired && Attached is null, $"{Id}: generation {tearDown.Generation} is torn down before it was retired and detached");
                _world.After(_world.Seconds(0, 5), () => Apply(new TeardownEnded(tearDown.Generation)));
                break;
        }
    }

    private void EndStep(BeginStep begin) => _world.After(_world.Seconds(0, 0.3), () =>
        Apply(new StepEnded(begin.Generation, begin.Step, _world.HasFaults && _world.Chance(0.05) ? _world.AnyTrouble() : null) { HoldsCredential = Id.Length % 2 == 0 }));

    private void BreakSomeTime(int generation)
    {
        if (!_world.Chance(0.5)) return;
        var trouble = _world.AnyTrouble();
        _world.After(_world.Seconds(0, 60), () =>
        {
            if (!_world.HasFaults) return;
            Apply(new Broke(generation, trouble));
            // Some say it twice.
            if (_world.Chance(0.3)) Apply(new Broke(generation, trouble));
        });
    }
}

/// <summary>One instance of a plugin, behind the guard's port: a call is refused once it is retired, else entered, and ends exactly once.</summary>
internal abstract class SimulatedGeneration(World world, int generation)
{
    protected World World { get; } = world;

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
        kind, CallStage.Awaiting, TimeSpan.FromSeconds(1), kind == CallEndKind.Failed ? new CallFailure("System.Exception", "by script", null) : null));
}
