using PluginGateway.Supervision;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Tests.Supervision;

/// <summary>What the whole is said to be, from what its parts are.</summary>
public sealed class SupervisorSnapshotTests
{
    [Theory]
    [InlineData("Connected", 1, true)]
    [InlineData("Waiting", 1, true)]
    [InlineData("Parked", 1, true)]
    [InlineData("Loading", 1, false)]
    [InlineData("Connecting", 1, false)]
    [InlineData("Loading", 2, true)]
    [InlineData("Connecting", 2, true)]
    public void It_is_settled_when_nothing_is_on_its_first_way_to_a_connection(string phase, int attempt, bool settled)
    {
        Assert.Equal(settled, Of(Unit(phase, attempt)).IsSettled);
        Assert.Equal(settled, Of(Unit("Connected"), Unit(phase, attempt)).IsSettled);
    }

    [Fact]
    public void It_is_hopeless_when_no_adapter_can_ever_run_whatever_the_handlers_do()
    {
        Assert.True(Of(Unit("Parked"), Unit("Disabled"), Unit("Connected") with { IsAdapter = false }).IsHopeless);
        Assert.False(Of(Unit("Parked"), Unit("Waiting")).IsHopeless);
        Assert.False(Of(Unit("Parked"), Unit("Parked") with { IsParkedByAnswer = true }).IsHopeless);
        Assert.False(Of(Unit("Quarantined")).IsHopeless);
    }

    [Fact]
    public void It_is_whole_when_everything_that_is_switched_on_is_at_work_and_the_pool_is_too()
    {
        Assert.True(Of(Unit("Connected"), Unit("Disabled")).IsWhole);
        Assert.False(Of(Unit("Connected"), Unit("Waiting")).IsWhole);
        Assert.False(Of(Unit("Connected"), Unit("Connected") with { IsDegraded = true }).IsWhole);
        Assert.False((Of(Unit("Connected")) with { PoolIsStarved = true }).IsWhole);
    }

    [Fact]
    public void Degraded_is_a_word_for_what_is_connected()
    {
        Assert.Equal("Degraded", (Unit("Connected") with { IsDegraded = true }).StateName);
        Assert.Equal("Connected", Unit("Connected").StateName);
        Assert.Equal("Waiting", (Unit("Waiting") with { IsDegraded = true }).StateName);
    }

    private static SupervisorSnapshot Of(params UnitSnapshot[] units) => new(DateTimeOffset.UnixEpoch, units, PoolIsStarved: false);

    private static UnitSnapshot Unit(string phase, int attempt = 1) =>
        new() { Id = "a", Plugin = "A", IsAdapter = true, Phase = Enum.Parse<UnitPhase>(phase), Generation = 1, Attempt = attempt };
}
