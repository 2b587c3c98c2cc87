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
        turns.Take("a", TimeSpan.Zero);
        var second = new Thread(() => turns.Take("b", TimeSpan.FromDays(1)));
        second.Start();
        Assert.False(second.Join(TimeSpan.FromMilliseconds(100)));
        turns.GiveBack("a");
        Assert.True(second.Join(Long));
    }

    [Fact]
    public void Who_has_waited_too_long_goes_on_and_the_next_turn_is_not_there_before_both_have_come_back()
    {
        var turns = new StartTurns(1);
        turns.Take("a", TimeSpan.Zero);
        var clock = Stopwatch.StartNew();
        turns.Take("b", TimeSpan.FromMilliseconds(30));
        Assert.True(clock.ElapsedMilliseconds >= 25);
        turns.GiveBack("a");
        var third = new Thread(() => turns.Take("c", TimeSpan.FromDays(1)));
        third.Start();
        Assert.False(third.Join(TimeSpan.FromMilliseconds(100)));
        turns.GiveBack("b");
        Assert.True(third.Join(Long));
    }

    [Fact]
    public void An_adapter_whose_generations_all_hang_in_their_start_holds_one_turn_and_the_others_start()
    {
        var turns = new StartTurns(2);
        turns.Take("hangs", TimeSpan.Zero);
        var again = new Thread(() => turns.Take("hangs", TimeSpan.FromDays(1)));
        again.Start();
        Assert.False(again.Join(TimeSpan.FromMilliseconds(100)));
        var other = new Thread(() => turns.Take("other", TimeSpan.FromDays(1)));
        other.Start();
        Assert.True(other.Join(Long));
        turns.GiveBack("other");
        Assert.False(again.Join(TimeSpan.FromMilliseconds(100)));
        turns.GiveBack("hangs");
        Assert.True(again.Join(Long));
    }
}
