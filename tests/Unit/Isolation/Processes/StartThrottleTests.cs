using System.Diagnostics;
using PluginGateway.Isolation.Processes;

namespace PluginGateway.Tests.Isolation.Processes;

public sealed class StartThrottleTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    [Fact]
    public void A_turn_is_waited_for()
    {
        var throttle = new StartThrottle(1);
        throttle.Acquire("a", TimeSpan.Zero);
        var second = new Thread(() => throttle.Acquire("b", TimeSpan.FromDays(1)));
        second.Start();
        Assert.False(second.Join(TimeSpan.FromMilliseconds(100)));
        throttle.Release("a");
        Assert.True(second.Join(Long));
    }

    [Fact]
    public void Who_has_waited_too_long_goes_on_and_the_next_turn_is_not_there_before_both_have_come_back()
    {
        var throttle = new StartThrottle(1);
        throttle.Acquire("a", TimeSpan.Zero);
        var clock = Stopwatch.StartNew();
        throttle.Acquire("b", TimeSpan.FromMilliseconds(30));
        Assert.True(clock.ElapsedMilliseconds >= 25);
        throttle.Release("a");
        var third = new Thread(() => throttle.Acquire("c", TimeSpan.FromDays(1)));
        third.Start();
        Assert.False(third.Join(TimeSpan.FromMilliseconds(100)));
        throttle.Release("b");
        Assert.True(third.Join(Long));
    }

    [Fact]
    public void An_adapter_whose_generations_all_hang_in_their_start_holds_one_permit_and_the_others_start()
    {
        var throttle = new StartThrottle(2);
        throttle.Acquire("hangs", TimeSpan.Zero);
        var again = new Thread(() => throttle.Acquire("hangs", TimeSpan.FromDays(1)));
        again.Start();
        Assert.False(again.Join(TimeSpan.FromMilliseconds(100)));
        var other = new Thread(() => throttle.Acquire("other", TimeSpan.FromDays(1)));
        other.Start();
        Assert.True(other.Join(Long));
        throttle.Release("other");
        Assert.False(again.Join(TimeSpan.FromMilliseconds(100)));
        throttle.Release("hangs");
        Assert.True(again.Join(Long));
    }
}
