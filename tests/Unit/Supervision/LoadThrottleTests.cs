using Microsoft.Extensions.Time.Testing;
using PluginGateway.Supervision;

namespace PluginGateway.Tests.Supervision;

public sealed class LoadThrottleTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<string> _begun = [];
    private readonly LoadThrottle _throttle;

    public LoadThrottleTests() => _throttle = new LoadThrottle(2, _clock);

    [Fact]
    public void No_more_loads_begin_than_there_are_turns_and_the_next_begins_when_one_is_given_back()
    {
        var a = Take("a");
        Take("b");
        var c = Take("c");
        Assert.Equal(["a", "b"], _begun);
        Assert.True(c.IsWaiting);
        a.GiveBack();
        Assert.Equal(["a", "b", "c"], _begun);
        Assert.False(c.IsWaiting);
        a.GiveBack();
        Take("d");
        Assert.Equal(["a", "b", "c"], _begun);
    }

    [Fact]
    public void A_load_that_hangs_holds_its_turn_for_a_bounded_time()
    {
        var a = Take("a");
        Take("b");
        Take("c");
        _clock.Advance(LoadThrottle.Longest - TimeSpan.FromMilliseconds(1));
        _throttle.ReclaimOverdue();
        Assert.Equal(["a", "b"], _begun);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        _throttle.ReclaimOverdue();
        Assert.Equal(["a", "b", "c"], _begun);
        Assert.True(a.HasRunOut);
        a.GiveBack();
        Take("d");
        Take("e");
        Assert.Equal(["a", "b", "c", "d"], _begun);
    }

    [Fact]
    public void Those_whose_loads_hang_again_and_again_never_hold_more_than_half_of_the_turns()
    {
        Take("slow 1", isSlow: true);
        var slow = Take("slow 2", isSlow: true);
        Take("slow 3", isSlow: true);
        var good = Take("good 1");
        Take("good 2");
        Assert.Equal(["slow 1", "good 1"], _begun);
        good.GiveBack();
        Assert.Equal("good 2", _begun[^1]);
        Assert.True(slow.IsWaiting);
        _clock.Advance(LoadThrottle.Longest);
        _throttle.ReclaimOverdue();
        Assert.Equal(["slow 1", "good 1", "good 2", "slow 2"], _begun);
    }

    [Fact]
    public void A_handler_goes_first_and_whoever_is_no_longer_wanted_never_begins()
    {
        var a = Take("a");
        Take("b");
        var c = Take("c");
        Take("handler", isFirst: true);
        c.GiveBack();
        Assert.False(c.IsWaiting);
        a.GiveBack();
        Assert.Equal("handler", _begun[^1]);
        _clock.Advance(LoadThrottle.Longest);
        _throttle.ReclaimOverdue();
        Assert.DoesNotContain("c", _begun);
    }

    [Fact]
    public void At_a_stop_no_turn_that_is_given_back_begins_another_load()
    {
        var a = Take("a");
        Take("b");
        Take("c");
        _throttle.Close();
        a.GiveBack();
        _clock.Advance(LoadThrottle.Longest);
        _throttle.ReclaimOverdue();
        Take("d");
        Assert.Equal(["a", "b"], _begun);
    }

    private LoadPermit Take(string name, bool isFirst = false, bool isSlow = false) => _throttle.Acquire(_ => _begun.Add(name), isFirst, isSlow);
}
