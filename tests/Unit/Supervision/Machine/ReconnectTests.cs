using PluginGateway.Configuration.Options;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Tests.Supervision.Machine;

/// <summary>When the next attempt is due.</summary>
public sealed class ReconnectTests
{
    private static readonly Failure Nobody = new("unreachable", "no route") { IsUnreachable = true };

    [Fact]
    public void Attempts_count_until_a_connection_has_been_stable()
    {
        var fixture = MachineFixture.Connected();
        for (var i = 0; i < 5; i++)
        {
            fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("x", "y")));
            fixture.Reconnect(stableFor: TimeSpan.FromSeconds(5));
        }

        Assert.Equal(6, fixture.State.Attempt);
        fixture.Pass(TimeSpan.FromSeconds(61));
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("x", "y")));
        Assert.Equal(1, fixture.State.Attempt);
    }

    [Fact]
    public void A_wait_demanded_by_the_platform_is_honoured()
    {
        var fixture = MachineFixture.Connected();
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("x", "y", RetryAfter: TimeSpan.FromMinutes(20))));
        Assert.True(fixture.State.DueUtc >= fixture.Now + TimeSpan.FromMinutes(20));
    }

    [Fact]
    public void A_wait_of_more_than_an_hour_that_is_demanded_parks_the_adapter()
    {
        var fixture = MachineFixture.Connected();
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("x", "Come back later.", RetryAfter: TimeSpan.FromHours(1))));
        Assert.Equal(UnitPhase.Waiting, fixture.State.Phase);
        fixture = MachineFixture.Connected();
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("x", "Come back later.", RetryAfter: TimeSpan.FromDays(400))));
        Assert.Equal(UnitPhase.Parked, fixture.State.Phase);
        Assert.Contains(
            "Come back later. It demands a wait of 9600 h, and 1 h is the longest that is kept", fixture.State.Reason, StringComparison.Ordinal);
        fixture.Apply(new EnableCommand());
        Assert.Equal(UnitPhase.Loading, fixture.State.Phase);
        Assert.Equal(TimeSpan.FromHours(1), new BackoffPolicy(new ReconnectOptions(), new Random(1)).Delay(1, TimeSpan.MaxValue));
    }

    [Fact]
    public void What_reached_nobody_is_tried_every_two_seconds_for_ten_minutes_and_a_few_times_a_minute_after()
    {
        var fixture = MachineFixture.Connected();
        var lost = fixture.Now;
        var failure = new Failure("unreachable", "refused") { IsUnreachable = true };
        fixture.Apply(new GenerationFailed(fixture.State.Generation, failure));
        while (fixture.Now - lost < TimeSpan.FromHours(2))
        {
            var wait = fixture.State.DueUtc!.Value - fixture.Now;
            Assert.InRange(
                wait, TimeSpan.FromSeconds(0.5), fixture.Now - lost < TimeSpan.FromMinutes(10) ? TimeSpan.FromSeconds(2) : TimeSpan.FromSeconds(15));
            if (fixture.Now - lost >= TimeSpan.FromMinutes(10)) Assert.True(wait > TimeSpan.FromSeconds(5));
            fixture.Apply(new TeardownEnded(fixture.State.Generation));
            fixture.Pass(wait);
            fixture.Apply(new Tick());
            fixture.Apply(new StepEnded(fixture.State.Generation, UnitStep.Load));
            fixture.Apply(new StepEnded(fixture.State.Generation, UnitStep.Connect, failure));
        }
    }

    /// <summary>An hour of an unplugged cable must not make a platform that then says "slow down" once wait five minutes, nor the other way
    /// round.</summary>
    [Fact]
    public void Attempts_that_reached_nobody_do_not_count_as_refusals()
    {
        var fixture = MachineFixture.Connected();
        for (var i = 0; i < 50; i++)
        {
            fixture.Apply(
                i == 0 ? new GenerationFailed(fixture.State.Generation, Nobody) : new StepEnded(fixture.State.Generation, UnitStep.Load, Nobody));
            fixture.Apply(new TeardownEnded(fixture.State.Generation));
            fixture.Pass(TimeSpan.FromSeconds(2));
            fixture.Apply(new Tick());
        }

        Assert.Equal((51, 0), (fixture.State.Attempt, fixture.State.Refusals));
        fixture.Apply(new StepEnded(fixture.State.Generation, UnitStep.Load, new Failure("refused", "slow down")));
        Assert.True(fixture.State.DueUtc <= fixture.Now + TimeSpan.FromSeconds(1), "The first refusal waits as the first.");
    }

    [Fact]
    public void The_operators_reconnect_of_one_at_work_is_due_at_once()
    {
        var fixture = MachineFixture.Connected();
        fixture.Apply(new EnableCommand());
        Assert.Equal((UnitPhase.Waiting, fixture.Now, "The operator asked for a reconnect."),
            (fixture.State.Phase, fixture.State.DueUtc, fixture.State.Reason));
    }

    [Fact]
    public void Nothing_begins_before_its_time()
    {
        var fixture = MachineFixture.Connected();
        fixture.Apply(new GenerationFailed(fixture.State.Generation, new Failure("x", "y", RetryAfter: TimeSpan.FromMinutes(20))));
        fixture.EndTeardowns();
        fixture.Pass(fixture.State.DueUtc!.Value - fixture.Now - TimeSpan.FromTicks(1));
        Assert.Empty(fixture.Apply(new Tick()));
        fixture.Pass(TimeSpan.FromTicks(1));
        Assert.Single(fixture.Apply(new Tick()).OfType<BeginStep>());
    }
}
