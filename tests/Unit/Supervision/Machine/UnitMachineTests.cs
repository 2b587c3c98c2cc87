using CsCheck;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Tests.Supervision.Machine;

/// <summary>What the machine keeps in every order of events, and the order in which a generation ends.</summary>
public sealed class UnitMachineTests
{
    private static readonly Gen<Failure> Failures = Gen.Select(
        Gen.Bool.Select(static first => first ? "a" : "b"), Gen.Enum<FailureKind>(), Gen.Bool, Gen.Int[0, 400],
        static (code, kind, fresh, wait) => new Failure(code, "trouble", kind, wait > 300 ? TimeSpan.FromSeconds(wait) : null, fresh));

    private static readonly Gen<UnitPhase> Resting = Gen.Bool.Select(static isParked => isParked ? UnitPhase.Parked : UnitPhase.Disabled);

    /// <summary>An event as the world may send it: of the current generation, of an older one, of one that never was.</summary>
    private static readonly Gen<Func<UnitState, UnitEvent>> Events = Gen.Frequency<Func<UnitState, UnitEvent>>(
        (2, Gen.Const<Func<UnitState, UnitEvent>>(static _ => new EnableCommand())),
        (1, Gen.Const<Func<UnitState, UnitEvent>>(static _ => new DisableCommand("off"))),
        (5, Gen.Const<Func<UnitState, UnitEvent>>(static _ => new Tick())),
        (2, Gen.Select(Gen.Int[0, 9], Resting, static (wish, phase) => (Func<UnitState, UnitEvent>)(_ => Configured(wish, phase)))),
        (10, Gen.Select(Gen.Enum<UnitStep>(), Gen.Int[-1, 1],
            static (step, offset) => (Func<UnitState, UnitEvent>)(state => new StepEnded(state.Generation + offset, step)))),
        (3, Gen.Select(Gen.Enum<UnitStep>(), Failures,
            static (step, failure) => (Func<UnitState, UnitEvent>)(state => new StepEnded(state.Generation, step, failure)))),
        (5, Gen.Select(Failures, Gen.Int[-2, 1],
            static (failure, offset) => (Func<UnitState, UnitEvent>)(state => new GenerationFailed(state.Generation + offset, failure)))),
        (6, Gen.Const<Func<UnitState, UnitEvent>>(static state => new TeardownEnded(state.Generation))));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_sequence_of_events_keeps_the_invariants(bool exclusive) =>
        Gen.Select(Events, Gen.Int[0, 400]).Array[1, 120].Sample(
            script =>
            {
                var fixture = new MachineFixture(isExclusive: exclusive);
                foreach (var (make, seconds) in script)
                {
                    fixture.Pass(TimeSpan.FromSeconds(seconds));
                    fixture.Apply(make(fixture.State));
                }

                fixture.AssertThatAQueuedReconnectBegins();
                fixture.Apply(new StopUnitCommand(TimeSpan.FromSeconds(1)));
                fixture.EndTeardowns();
                Assert.Equal(UnitPhase.Stopped, fixture.State.Phase);
            },
            iter: Effort.Of(10_000));

    [Fact]
    [Acceptance(3)]
    [Original("_safe_adapter_disconnect")]
    public void A_fatal_error_retires_queues_the_reconnect_detaches_and_only_then_tears_down()
    {
        var fixture = MachineFixture.Connected();
        var effects = fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("x", "y")));
        Assert.Equal([typeof(Retire), typeof(Detach), typeof(TearDown)], effects.Select(static effect => effect.GetType()));
        Assert.Equal(UnitPhase.Waiting, fixture.State.Phase);
        Assert.NotNull(fixture.State.DueUtc);
    }

    [Fact]
    public void The_same_fault_reported_twice_counts_once()
    {
        var fixture = MachineFixture.Connected();
        var generation = fixture.State.Generation;
        fixture.Apply(new GenerationFailed(generation, new Failure("x", "y")));
        var after = fixture.State;
        Assert.Empty(fixture.Apply(new GenerationFailed(generation, new Failure("z", "w"))));
        Assert.Equal(after, fixture.State);
    }

    [Fact]
    public void It_is_down_since_the_connection_was_lost_until_there_is_one_again()
    {
        var fixture = MachineFixture.Connected();
        Assert.Null(fixture.State.DownSinceUtc);
        fixture.Pass(TimeSpan.FromMinutes(5));
        var lost = fixture.Now;
        for (var i = 0; i < 3; i++)
        {
            fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("x", "y")));
            fixture.EndTeardowns();
            fixture.Pass(TimeSpan.FromMinutes(10));
            fixture.Apply(new Tick());
            Assert.Equal((UnitPhase.Loading, lost), (fixture.State.Phase, fixture.State.DownSinceUtc));
        }

        fixture.Climb();
        Assert.Null(fixture.State.DownSinceUtc);
    }

    [Fact]
    public void A_connect_is_told_its_attempt_whether_it_is_a_reconnect_and_why()
    {
        var fixture = new MachineFixture();
        fixture.Apply(new EnableCommand());
        Assert.Equal(new ConnectContext(1, false, "start"), Connect(fixture));
        fixture.Apply(new StepEnded(fixture.State.Generation, UnitStep.Connect, new Failure("unreachable", "no route")));
        fixture.EndTeardowns();
        fixture.Pass(TimeSpan.FromSeconds(400));
        fixture.Apply(new Tick());
        Assert.Equal("no route", fixture.State.Reason);
        Assert.Equal(new ConnectContext(2, false, "unreachable"), Connect(fixture));
        fixture.Apply(new StepEnded(fixture.State.Generation, UnitStep.Connect));
        Assert.Equal((true, ""), (fixture.State.WasConnected, fixture.State.Reason));
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("lost", "gone")));
        fixture.EndTeardowns();
        fixture.Pass(TimeSpan.FromSeconds(400));
        fixture.Apply(new Tick());
        Assert.Equal(new ConnectContext(3, true, "lost"), Connect(fixture));

        static ConnectContext Connect(MachineFixture fixture)
        {
            fixture.Apply(new StepEnded(fixture.State.Generation, UnitStep.Load));
            fixture.Apply(new StepEnded(fixture.State.Generation, UnitStep.Create));
            return Assert.IsType<BeginStep>(Assert.Single(fixture.Apply(new StepEnded(fixture.State.Generation, UnitStep.Validate)))).Connect!;
        }
    }

    /// <summary>What a configuration can want of a unit: that it goes on, runs, rests, or leaves.</summary>
    private static ConfigureCommand Configured(int wish, UnitPhase resting) => new(
        wish == 0 ? null : new UnitConfiguration(new UnitSpec { Plugin = "P" }, null!),
        wish is 1 or 2 ? new DisabledReason(resting, "rests") : null)
    {
        Renews = wish != 9,
        Drain = TimeSpan.FromSeconds(5),
    };
}
