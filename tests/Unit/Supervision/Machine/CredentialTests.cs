using PluginGateway.Supervision.Machine;

namespace PluginGateway.Tests.Supervision.Machine;

/// <summary>A credential that allows one session.</summary>
public sealed class CredentialTests
{
    private static readonly Failure Conflict = new(PluginFault.ConflictCode, "Another poller has our account.", FailureKind.Operator);

    [Fact]
    public void With_a_credential_that_allows_one_session_nothing_is_created_before_its_lock_is_held()
    {
        var fixture = new MachineFixture(isExclusive: true);
        fixture.Apply(new EnableCommand());
        var generation = fixture.State.Generation;
        var claim = Assert.Single(fixture.Apply(new StepEnded(generation, UnitStep.Load) { HoldsCredential = true }));
        Assert.Equal(UnitStep.Claim, Assert.IsType<BeginStep>(claim).Step);

        var refused = fixture.Apply(new StepEnded(generation, UnitStep.Claim, new Failure("credential-in-use", "by another")));
        Assert.DoesNotContain(refused, static effect => effect is BeginStep);
        Assert.Equal((UnitPhase.Waiting, "by another"), (fixture.State.Phase, fixture.State.Reason));

        fixture.Apply(new TeardownEnded(generation));
        fixture.Pass(fixture.State.DueUtc!.Value - fixture.Now);
        fixture.Apply(new Tick());
        fixture.Apply(new StepEnded(fixture.State.Generation, UnitStep.Load) { HoldsCredential = true });
        Assert.Equal(
            UnitStep.Create, Assert.IsType<BeginStep>(Assert.Single(fixture.Apply(new StepEnded(fixture.State.Generation, UnitStep.Claim)))).Step);
    }

    [Fact]
    public void One_credential_waits_for_the_end_of_the_last_session_whoever_asks()
    {
        var fixture = new MachineFixture(isExclusive: true);
        fixture.Apply(new EnableCommand());
        fixture.Climb();
        fixture.Apply(new DisableCommand("off"));
        Assert.Empty(fixture.Apply(new EnableCommand()));
        Assert.Equal((UnitPhase.Waiting, "the last session is still being closed"), (fixture.State.Phase, fixture.State.Reason));
        fixture.Pass(TimeSpan.FromSeconds(4));
        Assert.Empty(fixture.Apply(new Tick()));
        fixture.EndTeardowns();
        Assert.Single(fixture.Apply(new Tick()).OfType<BeginStep>());
    }

    [Fact]
    public void A_conflict_is_retried_for_ten_minutes_while_an_earlier_generation_has_open_calls_and_then_parked()
    {
        var fixture = MachineFixture.Connected().With(zombies: 1);
        var started = fixture.Now;
        while (fixture.State.Phase != UnitPhase.Parked && fixture.Now - started < TimeSpan.FromHours(1))
        {
            fixture.Apply(new GenerationFailed(fixture.State.Generation, Conflict));
            if (fixture.State.Phase != UnitPhase.Waiting) continue;
            Assert.Contains("our own", fixture.State.Reason, StringComparison.Ordinal);
            fixture.EndTeardowns();
            fixture.Pass(fixture.State.DueUtc!.Value - fixture.Now);
            fixture.Apply(new Tick());
            fixture.With(zombies: 1);
        }

        Assert.Equal(UnitPhase.Parked, fixture.State.Phase);
        Assert.InRange(fixture.Now - started, UnitMachine.ConflictPatience, UnitMachine.ConflictPatience + TimeSpan.FromMinutes(6));
    }

    [Fact]
    public void A_conflict_with_nothing_of_our_own_left_is_parked_at_once_and_so_is_another_fault_beside_a_zombie()
    {
        var alone = MachineFixture.Connected();
        alone.Apply(new GenerationFailed(alone.State.Generation, Conflict));
        Assert.Equal(UnitPhase.Parked, alone.State.Phase);

        var beside = MachineFixture.Connected().With(zombies: 1);
        beside.Apply(new GenerationFailed(beside.State.Generation, Conflict with { Code = PluginFault.UnauthorizedCode }));
        Assert.Equal(UnitPhase.Parked, beside.State.Phase);
    }
}
