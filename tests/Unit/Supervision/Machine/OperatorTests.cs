using PluginGateway.Supervision.Machine;

namespace PluginGateway.Tests.Supervision.Machine;

/// <summary>What waits for the operator, and what the operator and the end of the gateway do to a unit.</summary>
public sealed class OperatorTests
{
    [Fact]
    public void A_fault_for_the_operator_parks_and_activation_gets_it_out()
    {
        var fixture = MachineFixture.Connected();
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("unauthorized", "bad token", FailureKind.Operator)));
        Assert.Equal(UnitPhase.Parked, fixture.State.Phase);
        fixture.Pass(TimeSpan.FromDays(1));
        Assert.Empty(fixture.Apply(new Tick()));
        fixture.Apply(new TeardownEnded(fixture.State.Generation));
        Assert.Equal(UnitStep.Load, Assert.IsType<BeginStep>(Assert.Single(fixture.Apply(new EnableCommand()))).Step);
    }

    /// <summary>One odd answer of a server must not end the gateway for good.</summary>
    [Theory]
    [InlineData(nameof(UnitStep.Load), false)]
    [InlineData(nameof(UnitStep.Create), false)]
    [InlineData(nameof(UnitStep.Validate), false)]
    [InlineData(nameof(UnitStep.Connect), true)]
    public void What_a_server_answered_is_told_from_what_only_the_operator_can_change(string step, bool isAnswer)
    {
        var fixture = new MachineFixture();
        fixture.Apply(new EnableCommand());
        fixture.Apply(
            new StepEnded(1, Enum.Parse<UnitStep>(step), new Failure("unauthorized", "no", FailureKind.Operator)) { HoldsCredential = true });
        Assert.Equal((UnitPhase.Parked, isAnswer), (fixture.State.Phase, fixture.State.IsParkedByAnswer));
    }

    [Fact]
    public void A_unit_that_stops_or_has_stopped_hears_no_operator()
    {
        var fixture = MachineFixture.Connected();
        fixture.Apply(new StopUnitCommand(TimeSpan.FromSeconds(1)));
        foreach (var phase in (UnitPhase[])[UnitPhase.Stopping, UnitPhase.Stopped])
        {
            Assert.Equal(phase, fixture.State.Phase);
            var before = fixture.State;
            foreach (var word in (UnitEvent[])[new DisableCommand("off"), new EnableCommand(), new Tick()])
            {
                Assert.Empty(fixture.Apply(word));
                Assert.Equal(before, fixture.State);
            }

            fixture.EndTeardowns();
        }
    }

    [Fact]
    public void A_unit_without_an_instance_stops_at_once_and_one_that_is_torn_down_when_that_has_ended()
    {
        var idle = new MachineFixture();
        Assert.Empty(idle.Apply(new StopUnitCommand(TimeSpan.FromSeconds(1))));
        Assert.Equal(UnitPhase.Stopped, idle.State.Phase);

        var fixture = MachineFixture.Connected();
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("x", "y")));
        Assert.Equal(1, fixture.State.TearingDown);
        Assert.Empty(fixture.Apply(new StopUnitCommand(TimeSpan.FromSeconds(1))));
        Assert.Equal((UnitPhase.Stopping, 1), (fixture.State.Phase, fixture.State.TearingDown));
        fixture.EndTeardowns();
        Assert.Equal(UnitPhase.Stopped, fixture.State.Phase);
    }

    [Fact]
    public void Switching_off_retires_detaches_tears_down_and_forgets_attempts_and_wedges()
    {
        var fixture = MachineFixture.Connected();
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("wedged", "w", FailureKind.Wedged)));
        fixture.Reconnect(stableFor: TimeSpan.FromSeconds(1));
        Assert.Equal((2, 1), (fixture.State.Attempt, fixture.State.Wedges));
        var effects = fixture.Apply(new DisableCommand("by the operator"));
        Assert.Equal([typeof(Retire), typeof(Detach), typeof(TearDown)], effects.Select(static effect => effect.GetType()));
        Assert.Equal((UnitPhase.Disabled, "by the operator"), (fixture.State.Phase, fixture.State.Reason));
        Assert.Equal((0, 0, 1), (fixture.State.Attempt, fixture.State.Wedges, fixture.State.TearingDown));
        fixture.EndTeardowns();
        Assert.Equal((UnitPhase.Disabled, 0), (fixture.State.Phase, fixture.State.TearingDown));
    }

    [Fact]
    public void One_that_is_switched_on_forgets_why_it_rested_and_uses_what_is_loaded()
    {
        var fixture = MachineFixture.Connected();
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("wedged", "w", FailureKind.Wedged)));
        fixture.Reconnect(stableFor: TimeSpan.FromSeconds(1));
        fixture.Apply(new DisableCommand("off"));
        fixture.EndTeardowns();
        Assert.False(Assert.IsType<BeginStep>(Assert.Single(fixture.Apply(new EnableCommand()))).FreshContext);
        Assert.Equal((UnitPhase.Loading, ""), (fixture.State.Phase, fixture.State.Reason));
        // Without a credential there is nothing to claim.
        Assert.Equal(
            UnitStep.Create, Assert.IsType<BeginStep>(Assert.Single(fixture.Apply(new StepEnded(fixture.State.Generation, UnitStep.Load)))).Step);
    }
}
