using PluginGateway.Configuration.Options;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Tests.Supervision.Machine;

/// <summary>What follows generations that have too many calls that do not come back.</summary>
public sealed class WedgeTests
{
    [Fact]
    public void Three_wedged_generations_in_a_row_are_quarantined_and_a_stable_one_in_between_forgives()
    {
        var fixture = MachineFixture.Connected();
        for (var i = 0; i < UnitMachine.MaxWedges; i++)
        {
            fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("wedged", "w", FailureKind.Wedged)));
            if (i == 0) fixture.Reconnect(stableFor: TimeSpan.FromSeconds(61));
            else if (fixture.State.Phase == UnitPhase.Waiting) fixture.Reconnect(stableFor: TimeSpan.FromSeconds(1));
        }

        Assert.Equal((UnitPhase.Connected, 2), (fixture.State.Phase, fixture.State.Wedges));
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("wedged", "w", FailureKind.Wedged)));
        Assert.Equal(UnitPhase.Quarantined, fixture.State.Phase);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_policy_for_wedged_units_decides_whether_the_gateway_exits(bool exits)
    {
        var fixture = MachineFixture.Connected(exits ? OnWedged.Exit : OnWedged.Quarantine);
        IReadOnlyList<UnitEffect> effects = [];
        for (var i = 1; i <= UnitMachine.MaxWedges; i++)
        {
            Assert.Empty(effects.OfType<ExitGateway>());
            effects = fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("wedged", "half of the slots", FailureKind.Wedged)));
            if (i < UnitMachine.MaxWedges) fixture.Reconnect(stableFor: TimeSpan.FromSeconds(1));
        }

        Assert.Equal(UnitPhase.Quarantined, fixture.State.Phase);
        Assert.Equal(exits ? 1 : 0, effects.OfType<ExitGateway>().Count(static exit => exit.Reason == "half of the slots"));
    }

    [Fact]
    public void What_wedges_again_and_again_goes_on_in_a_process_of_its_own_and_is_quarantined_when_it_wedges_there_too()
    {
        var fixture = MachineFixture.Connected(OnWedged.Process, canBeIsolated: true);
        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(round == 1, fixture.State.IsPromoted);
            for (var i = 1; i <= UnitMachine.MaxWedges; i++)
            {
                fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("wedged", "half of the slots", FailureKind.Wedged)));
                if (round == 0 || i < UnitMachine.MaxWedges) fixture.Reconnect(stableFor: TimeSpan.FromSeconds(1));
            }
        }

        Assert.Equal(UnitPhase.Quarantined, fixture.State.Phase);
    }

    [Fact]
    public void Only_what_can_have_a_process_of_its_own_is_given_one()
    {
        var fixture = MachineFixture.Connected(OnWedged.Process);
        for (var i = 1; i <= UnitMachine.MaxWedges; i++)
        {
            fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("wedged", "half of the slots", FailureKind.Wedged)));
            if (i < UnitMachine.MaxWedges) fixture.Reconnect(stableFor: TimeSpan.FromSeconds(1));
        }

        Assert.Equal(UnitPhase.Quarantined, fixture.State.Phase);
        Assert.False(fixture.State.IsPromoted);
    }

    [Fact]
    public void Generations_that_never_came_back_are_no_reason_to_give_up_what_can_be_killed_from_now_on()
    {
        var fixture = MachineFixture.Connected(OnWedged.Process, canBeIsolated: true);
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("x", "the link died")));
        fixture.Pass(TimeSpan.FromSeconds(400));
        var begin = Assert.Single(fixture.With(zombies: UnitMachine.MaxZombies).Apply(new Tick()).OfType<BeginStep>());
        Assert.True(begin.FreshContext);
        Assert.True(fixture.State.IsPromoted);
        fixture.Climb();
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("x", "again")));
        fixture.Pass(TimeSpan.FromSeconds(400));
        Assert.Single(fixture.With(zombies: UnitMachine.MaxZombies).Apply(new Tick()).OfType<BeginStep>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Too_many_generations_that_never_came_back_are_quarantined_instead_of_another_one(bool exits)
    {
        var fixture = MachineFixture.Connected(exits ? OnWedged.Exit : OnWedged.Quarantine);
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("x", "the link died")));
        fixture.EndTeardowns();
        fixture.Pass(TimeSpan.FromSeconds(400));
        var effects = fixture.With(zombies: UnitMachine.MaxZombies).Apply(new Tick());
        Assert.Equal(exits ? 1 : 0, effects.OfType<ExitGateway>().Count());
        Assert.Equal(UnitPhase.Quarantined, fixture.State.Phase);
        Assert.Contains("the link died", fixture.State.Reason, StringComparison.Ordinal);
        Assert.Contains("16 earlier generations", fixture.State.Reason, StringComparison.Ordinal);
        Assert.Single(fixture.Apply(new EnableCommand()).OfType<BeginStep>());
    }

    [Fact]
    public void One_zombie_less_than_too_many_is_tried_again()
    {
        var fixture = MachineFixture.Connected();
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("x", "y")));
        fixture.Pass(TimeSpan.FromSeconds(400));
        Assert.Single(fixture.With(zombies: UnitMachine.MaxZombies - 1).Apply(new Tick()).OfType<BeginStep>());
    }

    [Fact]
    public void A_stable_connection_forgives_wedges_and_an_unstable_one_does_not()
    {
        var fixture = MachineFixture.Connected();
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("wedged", "w", FailureKind.Wedged)));
        fixture.Reconnect(stableFor: TimeSpan.FromSeconds(59.9));
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("x", "y")));
        Assert.Equal(1, fixture.State.Wedges);
        fixture.Reconnect(stableFor: TimeSpan.FromSeconds(60));
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("x", "y")));
        Assert.Equal(0, fixture.State.Wedges);
    }

    /// <summary>A disk that is full for a moment must not give the next instance the context in which the last one hangs.</summary>
    [Fact]
    public void A_context_of_its_own_is_asked_for_until_one_has_been_loaded()
    {
        var fixture = MachineFixture.Connected();
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("wedged", "w", FailureKind.Wedged)));
        for (var i = 0; i < 3; i++)
        {
            fixture.Apply(new TeardownEnded(fixture.State.Generation));
            fixture.Pass(TimeSpan.FromMinutes(6));
            Assert.True(Assert.IsType<BeginStep>(Assert.Single(fixture.Apply(new Tick()))).FreshContext);
            fixture.Apply(new StepEnded(fixture.State.Generation, UnitStep.Load, new Failure("staging-failed", "the disk is full")));
        }

        fixture.Apply(new TeardownEnded(fixture.State.Generation));
        fixture.Pass(TimeSpan.FromMinutes(6));
        Assert.True(Assert.IsType<BeginStep>(Assert.Single(fixture.Apply(new Tick()))).FreshContext);
        fixture.Climb();
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("x", "y")));
        fixture.Apply(new TeardownEnded(fixture.State.Generation));
        fixture.Pass(TimeSpan.FromMinutes(6));
        Assert.False(Assert.IsType<BeginStep>(Assert.Single(fixture.Apply(new Tick()))).FreshContext);
    }

    [Fact]
    public void After_a_wedge_or_an_abandoned_call_the_next_instance_and_only_that_gets_a_fresh_context()
    {
        var fixture = MachineFixture.Connected();
        foreach (var (failure, fresh) in new[]
        {
            (new Failure("x", "y"), false), (new Failure("connect-timeout", "y", FreshContext: true), true), (new Failure("x", "y"), false),
            (new Failure("wedged", "y", FailureKind.Wedged), true), (new Failure("x", "y"), false),
        })
        {
            fixture.Apply(new GenerationFailed(fixture.State.Generation, failure));
            fixture.EndTeardowns();
            fixture.Pass(TimeSpan.FromSeconds(400));
            var begun = Assert.IsType<BeginStep>(Assert.Single(fixture.Apply(new Tick())));
            Assert.Equal((UnitStep.Load, fresh), (begun.Step, begun.FreshContext));
            fixture.Climb();
        }
    }
}
