using PluginGateway.Configuration.Options;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Tests.Supervision.Machine;

/// <summary>A unit and what an honest observer knows of it; checks every step.</summary>
internal sealed class MachineFixture
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly UnitMachine _machine;
    private readonly HashSet<int> _live = [];
    private readonly HashSet<int> _tearingDown = [];
    private int _generations;

    private readonly bool _isExclusive;

    /// <summary>Generations that have been created and whose teardown has not ended: where there is one credential, at most one.</summary>
    private readonly HashSet<int> _alive = [];

    public MachineFixture(OnWedged onWedged = OnWedged.Quarantine, bool isExclusive = false, bool canBeIsolated = false)
    {
        _isExclusive = isExclusive;
        var options = new UnitOptions(new ReconnectOptions(), onWedged) { CanBeIsolated = canBeIsolated };
        _machine = new UnitMachine(options, new BackoffPolicy(options.Reconnect, new Random(3)), () => ++_generations);
    }

    public UnitState State { get; private set; } = UnitMachine.Initial(Start);

    public DateTimeOffset Now { get; private set; } = Start;

    public static MachineFixture Connected(OnWedged onWedged = OnWedged.Quarantine, bool canBeIsolated = false)
    {
        var fixture = new MachineFixture(onWedged, canBeIsolated: canBeIsolated);
        fixture.Apply(new EnableCommand());
        fixture.Climb();
        return fixture;
    }

    public void Pass(TimeSpan time) => Now += time;

    /// <summary>So many earlier generations have calls that never came back.</summary>
    public MachineFixture With(int zombies)
    {
        State = State with { Zombies = zombies };
        return this;
    }

    public void Reconnect(TimeSpan stableFor)
    {
        Apply(new TeardownEnded(State.Generation));
        Now = State.DueUtc!.Value;
        Apply(new Tick());
        Climb();
        Pass(stableFor);
    }

    /// <summary>Every teardown ends: by itself, or abandoned at its bound. The guard sees to that, once for each.</summary>
    public void EndTeardowns()
    {
        while (_tearingDown.Count > 0) Apply(new TeardownEnded(_tearingDown.First()));
    }

    public void AssertThatAQueuedReconnectBegins()
    {
        if (State.Phase != UnitPhase.Waiting) return;
        EndTeardowns();
        Now = State.DueUtc!.Value;
        Assert.Equal(UnitStep.Load, Assert.IsType<BeginStep>(Assert.Single(Apply(new Tick()))).Step);
    }

    public IReadOnlyList<UnitEffect> Apply(UnitEvent happened)
    {
        var before = State;
        // Nobody is asked for a credential before the load has said that there is one.
        if (happened is StepEnded { Step: UnitStep.Claim } && !before.HoldsCredential) return [];
        if (happened is StepEnded { Step: UnitStep.Load, Failure: null } loaded) happened = loaded with { HoldsCredential = _isExclusive };
        if (happened is TeardownEnded)
        {
            // It ends for a generation that is being torn down, whichever, and once.
            if (_tearingDown.Count == 0) return [];
            var ended = _tearingDown.First();
            _tearingDown.Remove(ended);
            _alive.Remove(ended);
        }

        var (after, effects) = _machine.Step(before, happened, Now);
        State = after;
        Check(before, happened, after, effects);
        return effects;
    }

    public void Climb()
    {
        foreach (var step in Enum.GetValues<UnitStep>()) Apply(new StepEnded(State.Generation, step));
        Assert.Equal(UnitPhase.Connected, State.Phase);
    }

    private void Check(UnitState before, UnitEvent happened, UnitState after, IReadOnlyList<UnitEffect> effects)
    {
        Assert.True(Enum.IsDefined(after.Phase));
        Assert.True(after.Generation >= before.Generation);
        Assert.Equal(after.Phase == UnitPhase.Waiting, after.DueUtc is not null);
        if (happened is StepEnded { Failure: { } failure } step && UnitMachine.IsCurrent(before, step.Generation))
            CheckFailure(failure, after, effects);
        if (happened is GenerationFailed failed && UnitMachine.IsCurrent(before, failed.Generation)) CheckFailure(failed.Failure, after, effects);
        if (GenerationOf(happened) is { } old && !UnitMachine.IsCurrent(before, old))
        {
            Assert.Equal(before, after);
            Assert.Empty(effects);
        }

        foreach (var effect in effects)
        {
            switch (effect)
            {
                case BeginStep { Step: UnitStep.Load }:
                    Assert.Empty(_live);
                    Assert.True(
                        !before.AwaitsTeardown || before.TearingDown == 0, "A reload makes the next generation when nothing is left of the last.");
                    _live.Add(effect.Generation);
                    break;
                case BeginStep { Step: UnitStep.Create }:
                    Assert.Contains(effect.Generation, _live);
                    _alive.Add(effect.Generation);
                    break;
                case BeginStep or Attach:
                    Assert.Contains(effect.Generation, _live);
                    break;
                case Retire:
                    Assert.True(_live.Remove(effect.Generation));
                    break;
                case TearDown:
                    Assert.DoesNotContain(effect.Generation, _live);
                    Assert.True(_tearingDown.Add(effect.Generation), "A generation is torn down once.");
                    break;
            }
        }

        Assert.Equal(after.IsLive ? [after.Generation] : [], _live);
        Assert.Equal(after.TearingDown, _tearingDown.Count);
        if (_isExclusive) Assert.True(_alive.Count <= 1, "Two live generations of one credential.");
    }

    private static int? GenerationOf(UnitEvent happened) => happened switch
    {
        GenerationFailed generationFailed => generationFailed.Generation,
        StepEnded step => step.Generation,
        _ => null,
    };

    private static void CheckFailure(Failure failure, UnitState after, IReadOnlyList<UnitEffect> effects)
    {
        Assert.False(after.IsLive);
        if (failure.Kind == FailureKind.Retry && after.Phase != UnitPhase.Parked) Assert.NotNull(after.DueUtc);
        Assert.Equal(typeof(Retire), effects[0].GetType());
        Assert.Equal(typeof(TearDown), effects[^1].GetType());
    }
}
