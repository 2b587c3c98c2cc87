using CsCheck;
using PluginGateway.Configuration;
using PluginGateway.Supervision;

namespace PluginGateway.Tests.Supervision;

public sealed class UnitMachineTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<Trouble> Troubles = Gen.Select(
        Gen.Bool.Select(static first => first ? "a" : "b"), Gen.Enum<TroubleKind>(), Gen.Bool, Gen.Int[0, 400],
        static (code, kind, fresh, wait) => new Trouble(code, "trouble", kind, wait > 300 ? TimeSpan.FromSeconds(wait) : null, fresh));

    /// <summary>An event as the world may send it: of the current generation, of an older one, of one that never was.</summary>
    private static readonly Gen<Func<UnitState, UnitEvent>> Events = Gen.Frequency<Func<UnitState, UnitEvent>>(
        (2, Gen.Const<Func<UnitState, UnitEvent>>(static _ => new Activate())),
        (1, Gen.Const<Func<UnitState, UnitEvent>>(static _ => new Deactivate("off"))),
        (5, Gen.Const<Func<UnitState, UnitEvent>>(static _ => new Tick())),
        (10, Gen.Select(Gen.Enum<UnitStep>(), Gen.Int[-1, 1], Gen.Bool, static (step, offset, holds) =>
            (Func<UnitState, UnitEvent>)(state => new StepEnded(state.Generation + offset, step) { HoldsCredential = holds }))),
        (3, Gen.Select(Gen.Enum<UnitStep>(), Troubles, static (step, trouble) => (Func<UnitState, UnitEvent>)(state => new StepEnded(state.Generation, step, trouble)))),
        (5, Gen.Select(Troubles, Gen.Int[-2, 1], static (trouble, offset) => (Func<UnitState, UnitEvent>)(state => new Broke(state.Generation + offset, trouble)))),
        (6, Gen.Const<Func<UnitState, UnitEvent>>(static state => new TeardownEnded(state.Generation))));

    [Fact]
    public void Every_sequence_of_events_keeps_the_invariants() =>
        Gen.Select(Events, Gen.Int[0, 400]).Array[1, 120].Sample(
            static script =>
            {
                var world = new World();
                foreach (var (make, seconds) in script)
                {
                    world.Pass(TimeSpan.FromSeconds(seconds));
                    world.Apply(make(world.State));
                }

                world.Apply(new Stop(TimeSpan.FromSeconds(1)));
                while (world.State.TearingDown > 0) world.Apply(new TeardownEnded(world.State.Generation));
                Assert.Equal(UnitPhase.Stopped, world.State.Phase);
            },
            iter: 20_000);

    [Fact]
    [Acceptance(3)]
    [Original("_safe_adapter_disconnect")]
    public void A_fatal_error_retires_queues_the_reconnect_detaches_and_only_then_tears_down()
    {
        var world = World.Connected();
        var effects = world.Apply(new Broke(world.State.Generation, new Trouble("x", "y")));
        Assert.Equal([typeof(Retire), typeof(EnqueueReconnect), typeof(Detach), typeof(TearDown)], effects.Select(static effect => effect.GetType()));
    }

    [Fact]
    public void The_same_fault_reported_twice_counts_once()
    {
        var world = World.Connected();
        var generation = world.State.Generation;
        world.Apply(new Broke(generation, new Trouble("x", "y")));
        var after = world.State;
        Assert.Empty(world.Apply(new Broke(generation, new Trouble("z", "w"))));
        Assert.Equal(after, world.State);
    }

    [Fact]
    public void A_fault_for_the_operator_parks_and_activation_gets_it_out()
    {
        var world = World.Connected();
        world.Apply(new Broke(world.State.Generation, new Trouble("unauthorized", "bad token", TroubleKind.Operator)));
        Assert.Equal(UnitPhase.Parked, world.State.Phase);
        world.Pass(TimeSpan.FromDays(1));
        Assert.Empty(world.Apply(new Tick()));
        world.Apply(new TeardownEnded(world.State.Generation));
        Assert.Equal(UnitStep.Load, Assert.IsType<BeginStep>(Assert.Single(world.Apply(new Activate()))).Step);
    }

    [Fact]
    public void Three_wedged_generations_in_a_row_are_quarantined_and_a_stable_one_in_between_forgives()
    {
        var world = World.Connected();
        for (var i = 0; i < UnitMachine.MaxWedges; i++)
        {
            world.Apply(new Broke(world.State.Generation, new Trouble("wedged", "w", TroubleKind.Wedged)));
            if (i == 0) world.Reconnect(stableFor: TimeSpan.FromSeconds(61));
            else if (world.State.Phase == UnitPhase.Waiting) world.Reconnect(stableFor: TimeSpan.FromSeconds(1));
        }

        Assert.Equal((UnitPhase.Connected, 2), (world.State.Phase, world.State.Wedges));
        world.Apply(new Broke(world.State.Generation, new Trouble("wedged", "w", TroubleKind.Wedged)));
        Assert.Equal(UnitPhase.Quarantined, world.State.Phase);
    }

    [Fact]
    public void Attempts_count_until_a_connection_has_been_stable()
    {
        var world = World.Connected();
        for (var i = 0; i < 5; i++)
        {
            world.Apply(new Broke(world.State.Generation, new Trouble("x", "y")));
            world.Reconnect(stableFor: TimeSpan.FromSeconds(5));
        }

        Assert.Equal(6, world.State.Attempt);
        world.Pass(TimeSpan.FromSeconds(61));
        world.Apply(new Broke(world.State.Generation, new Trouble("x", "y")));
        Assert.Equal(1, world.State.Attempt);
    }

    [Fact]
    public void A_wait_demanded_by_the_platform_is_honoured()
    {
        var world = World.Connected();
        world.Apply(new Broke(world.State.Generation, new Trouble("x", "y", RetryAfter: TimeSpan.FromMinutes(20))));
        Assert.True(world.State.DueUtc >= world.Now + TimeSpan.FromMinutes(20));
    }

    [Fact]
    public void Backoff_doubles_to_the_cap_with_full_jitter()
    {
        var policy = new BackoffPolicy(new ReconnectOptions(), new Random(1));
        for (var attempt = 1; attempt < 40; attempt++)
        {
            var ceiling = Math.Min(300, Math.Pow(2, attempt - 1));
            var delays = Enumerable.Range(0, 200).Select(_ => policy.Delay(attempt).TotalSeconds).ToArray();
            Assert.All(delays, delay => Assert.InRange(delay, 0, ceiling));
            Assert.InRange(delays.Average(), ceiling * 0.35, ceiling * 0.65);
        }
    }

    /// <summary>A unit and what an honest observer knows of it; checks every step.</summary>
    private sealed class World
    {
        private readonly UnitMachine _machine;
        private readonly HashSet<int> _live = [];
        private readonly HashSet<int> _tearingDown = [];
        private int _generations;

        public World() => _machine = new UnitMachine(
            new UnitTerms(new ReconnectOptions(), OnWedged.Quarantine), new BackoffPolicy(new ReconnectOptions(), new Random(3)), () => ++_generations);

        public UnitState State { get; private set; } = new(UnitPhase.Disabled, "", Start);

        public DateTimeOffset Now { get; private set; } = Start;

        public static World Connected()
        {
            var world = new World();
            world.Apply(new Activate());
            world.Climb();
            return world;
        }

        public void Pass(TimeSpan time) => Now += time;

        public void Reconnect(TimeSpan stableFor)
        {
            Apply(new TeardownEnded(State.Generation));
            Now = State.DueUtc!.Value;
            Apply(new Tick());
            Climb();
            Pass(stableFor);
        }

        public IReadOnlyList<UnitEffect> Apply(UnitEvent happened)
        {
            var before = State;
            if (happened is TeardownEnded && before.TearingDown == 0) return [];
            var (after, effects) = _machine.Step(before, happened, Now);
            State = after;
            Check(before, happened, after, effects);
            return effects;
        }

        private void Climb()
        {
            foreach (var step in Enum.GetValues<UnitStep>()) Apply(new StepEnded(State.Generation, step));
            Assert.Equal(UnitPhase.Connected, State.Phase);
        }

        private void Check(UnitState before, UnitEvent happened, UnitState after, IReadOnlyList<UnitEffect> effects)
        {
            Assert.True(Enum.IsDefined(after.Phase));
            Assert.True(after.Generation >= before.Generation);
            Assert.Equal(after.Phase == UnitPhase.Waiting, after.DueUtc is not null);
            if (happened is StepEnded { Trouble: { } trouble } step && UnitMachine.IsCurrent(before, step.Generation)) CheckTrouble(trouble, after, effects);
            if (happened is Broke broke && UnitMachine.IsCurrent(before, broke.Generation)) CheckTrouble(broke.Trouble, after, effects);
            if (happened is Broke { Generation: var old } && !UnitMachine.IsCurrent(before, old))
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
                        Assert.True(!before.HoldsCredential || before.TearingDown == 0, "Two live generations of one credential.");
                        _live.Add(effect.Generation);
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
        }

        private static void CheckTrouble(Trouble trouble, UnitState after, IReadOnlyList<UnitEffect> effects)
        {
            Assert.False(after.IsLive);
            if (trouble.Kind == TroubleKind.Retry) Assert.Single(effects.OfType<EnqueueReconnect>());
            Assert.Equal(typeof(Retire), effects[0].GetType());
            Assert.Equal(typeof(TearDown), effects[^1].GetType());
        }
    }
}
