using PluginGateway.Guard;

namespace PluginGateway.Tests.Guard;

/// <summary>The rounds of the watch, by the tick.</summary>
public sealed class DeadlineWatchTests
{
    private readonly HookedClock _clock = new();
    private readonly DeadlineWatch _watch;

    public DeadlineWatchTests() => _watch = new DeadlineWatch(_clock, new Spawner());

    [Fact]
    public void What_has_ended_is_not_visited_any_more_and_the_rest_is()
    {
        Watched[] watched = [new(), new(), new()];
        Array.ForEach(watched, _watch.Add);
        _watch.Sweep();
        watched[0].GoesOn = false;
        _watch.Sweep();
        _watch.Sweep();
        Assert.Equal([2, 3, 3], watched.Select(static each => each.Visits));
        watched[2].GoesOn = false;
        _watch.Sweep();
        _watch.Sweep();
        Assert.Equal([2, 5, 4], watched.Select(static each => each.Visits));
    }

    [Fact]
    public void Each_round_is_a_sign_of_life()
    {
        _watch.Sweep();
        _clock.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(TimeSpan.FromSeconds(7), _watch.Heartbeat.Age);
        _watch.Sweep();
        Assert.Equal(TimeSpan.Zero, _watch.Heartbeat.Age);
    }

    [Fact]
    public void A_callback_that_throws_while_it_is_cancelled_hurts_nobody()
    {
        var spawner = new Spawner();
        spawner.Start();
        var watch = new DeadlineWatch(_clock, spawner);
        using var source = new CancellationTokenSource();
        using var called = new ManualResetEvent(false);
        source.Token.Register(static () => throw new InvalidOperationException("no"));
        source.Token.Register(() => called.Set());
        watch.Cancel(source);
        Assert.True(called.WaitOne(GuardRig.Patience));
    }

    private sealed class Watched : IWatched
    {
        public bool GoesOn { get; set; } = true;

        public int Visits { get; private set; }

        public bool Sweep(long now)
        {
            Visits++;
            return GoesOn;
        }
    }
}
