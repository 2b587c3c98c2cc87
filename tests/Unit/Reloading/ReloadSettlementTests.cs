using PluginGateway.Configuration.Options;
using PluginGateway.Reloading;
using PluginGateway.Supervision;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Units;

namespace PluginGateway.Tests.Reloading;

/// <summary>When a reload waits for a unit no longer.</summary>
public sealed class ReloadSettlementTests
{
    private const int Before = 4;

    private static readonly DateTimeOffset Planned = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly WantedUnit Wanted = new(
        "a", true, new UnitSpec { Plugin = "P" }, new UnitOptions(new ReconnectOptions(), OnWedged.Quarantine));
    private static readonly PlannedUnit Swap = new("a", UnitMove.Swap, Wanted, null, ReloadOutcome.Swapped);
    private static readonly PlannedUnit Disabled = Swap with { Move = UnitMove.Disable, Disabled = new DisabledReason(UnitPhase.Disabled, "off") };
    private static readonly PlannedUnit Removed = new("a", UnitMove.Remove, null, null, ReloadOutcome.Removed);

    [Theory]
    [InlineData("Connected", true)]
    [InlineData("Waiting", true)]
    [InlineData("Parked", true)]
    [InlineData("Loading", false)]
    [InlineData("Connecting", false)]
    public void What_runs_has_settled_when_its_next_generation_has_got_as_far_as_it_can(string phase, bool settled)
    {
        Assert.Equal(settled, IsSettled(Swap, Unit(phase, Before + 1)));
        Assert.False(IsSettled(Swap, Unit(phase, Before)), "The old generation says nothing.");
        Assert.False(IsSettled(Swap, null));
    }

    [Theory]
    [InlineData("Disabled", 0, true)]
    [InlineData("Disabled", 1, false)]
    [InlineData("Loading", 0, false)]
    public void What_rests_has_settled_when_nothing_of_it_is_torn_down_any_more(string phase, int tearingDown, bool settled) =>
        Assert.Equal(settled, IsSettled(Disabled, Unit(phase, Before) with { TearingDown = tearingDown }));

    [Fact]
    public void What_is_removed_has_settled_when_it_is_gone_or_nothing_of_it_is_torn_down_any_more()
    {
        Assert.True(IsSettled(Removed, null));
        Assert.True(IsSettled(Removed, Unit("Disabled", Before)));
        Assert.False(IsSettled(Removed, Unit("Disabled", Before) with { TearingDown = 1 }));
        Assert.False(IsSettled(Removed, Unit("Connected", Before)));
    }

    [Fact]
    public void A_quarantine_that_began_meanwhile_stands_and_is_not_waited_for()
    {
        Assert.True(IsSettled(Swap, Unit("Quarantined", Before) with { SinceUtc = Planned.AddSeconds(1) }));
        Assert.False(IsSettled(Swap, Unit("Quarantined", Before) with { SinceUtc = Planned.AddSeconds(-1) }));
    }

    [Theory]
    [InlineData(0, 60)]
    [InlineData(-1, 60)]
    [InlineData(5, 5)]
    [InlineData(600, 60)]
    public void What_has_no_deadline_is_not_waited_for_for_ever(double limit, double bounded) =>
        Assert.Equal(TimeSpan.FromSeconds(bounded), ReloadSettlement.Bounded(TimeSpan.FromSeconds(limit)));

    private static bool IsSettled(PlannedUnit planned, UnitSnapshot? unit) => ReloadSettlement.IsSettled(planned, Before, unit, Planned);

    private static UnitSnapshot Unit(string phase, int generation) =>
        new() { Id = "a", Plugin = "P", IsAdapter = true, Phase = Enum.Parse<UnitPhase>(phase), Generation = generation };
}
