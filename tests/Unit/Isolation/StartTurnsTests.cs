using PluginGateway.Isolation.Hosting;

namespace PluginGateway.Tests.Isolation;

public sealed class StartTurnsTests
{
    [Fact]
    public void A_turn_is_waited_for_and_not_for_ever()
    {
        var turns = new StartTurns(1);
        Assert.True(turns.Take(TimeSpan.Zero));
        Assert.False(turns.Take(TimeSpan.FromMilliseconds(20)));
        var second = new Thread(() => Assert.True(turns.Take(TimeSpan.FromSeconds(60))));
        second.Start();
        turns.GiveBack();
        Assert.True(second.Join(TimeSpan.FromSeconds(60)));
        Assert.False(turns.Take(TimeSpan.Zero));
    }
}
