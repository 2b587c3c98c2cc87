using System.Diagnostics;
using PluginGateway.Isolation.Hosting;

namespace PluginGateway.Tests.Isolation;

public sealed class StartTurnsTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    [Fact]
    public void A_turn_is_waited_for()
    {
        var turns = new StartTurns(1);
        turns.Take(TimeSpan.Zero);
        var second = new Thread(() => turns.Take(TimeSpan.FromDays(1)));
        second.Start();
        Assert.False(second.Join(TimeSpan.FromMilliseconds(100)));
        turns.GiveBack();
        Assert.True(second.Join(Long));
    }

    [Fact]
    public void Who_has_waited_too_long_goes_on_and_the_next_turn_is_not_there_before_both_have_come_back()
    {
        var turns = new StartTurns(1);
        turns.Take(TimeSpan.Zero);
        var clock = Stopwatch.StartNew();
        turns.Take(TimeSpan.FromMilliseconds(30));
        Assert.True(clock.ElapsedMilliseconds >= 25);
        turns.GiveBack();
        var third = new Thread(() => turns.Take(TimeSpan.FromDays(1)));
        third.Start();
        Assert.False(third.Join(TimeSpan.FromMilliseconds(100)));
        turns.GiveBack();
        Assert.True(third.Join(Long));
    }
}
