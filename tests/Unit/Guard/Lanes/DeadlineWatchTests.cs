using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;

namespace PluginGateway.Tests.Guard.Lanes;

/// <summary>The rounds of the watch, by the tick.</summary>
public sealed class DeadlineWatchTests
{
    private readonly HookedClock _clock = new();
    private readonly DeadlineWatch _watch;

    public DeadlineWatchTests() => _watch = new DeadlineWatch(_clock, new Spawner(TimeProvider.System));

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
        var spawner = new Spawner(TimeProvider.System);
        spawner.Start();
        var watch = new DeadlineWatch(_clock, spawner);
        using var source = new CancellationTokenSource();
        using var called = new ManualResetEvent(false);
        source.Token.Register(static () => throw new InvalidOperationException("no"));
        source.Token.Register(() => called.Set());
        watch.Cancel(source);
        Assert.True(called.WaitOne(GuardFixture.Patience));
    }

    [Fact]
    public void Without_calls_it_rests_and_a_call_that_is_opened_at_any_moment_of_that_ends_at_its_deadline()
    {
        // A rest that nobody ends lasts for as long as this test has patience: a call that is not heard is late for good.
        var spawner = new Spawner(TimeProvider.System);
        spawner.Start();
        var watch = new DeadlineWatch(TimeProvider.System, spawner, longestRest: TimeSpan.FromMinutes(10));
        var calls = new LifecycleCalls("test", watch, spawner, new GuardFixture(new ScriptedAdapter()));
        watch.Add(calls);
        watch.Start();
        for (var round = 0; round < Effort.Of(40); round++)
        {
            GuardFixture.Until(() => watch.IsResting, "the watch rests");
            if (round % 2 == 1) Thread.SpinWait(round * 50);
            var (ended, took) = GuardFixture.Await(sink => calls.Start(new SendCall(GuardFixture.Message(), sink),
                new ScriptedAdapter { OnSend = static (_, _) => new TaskCompletionSource<SendResult>().Task }, TimeSpan.FromMilliseconds(30)));
            Assert.Equal(CallEndKind.Overdue, ended.End.Kind);
            Assert.InRange(took.TotalMilliseconds, 29, 10_000);
        }

        GuardFixture.Until(() => watch.IsResting, "the watch rests");
        var sweeps = watch.Sweeps;
        Thread.Sleep(200);
        Assert.InRange(watch.Sweeps - sweeps, 0, 2);
        Assert.InRange(watch.Elapsed(watch.Now, watch.Fresh).TotalMilliseconds, 0, 10_000);
    }

    [Fact]
    public void A_rest_ends_at_the_nearest_deadline_of_the_calls_that_are_open()
    {
        var spawner = new Spawner(TimeProvider.System);
        spawner.Start();
        var watch = new DeadlineWatch(TimeProvider.System, spawner, longestRest: TimeSpan.FromMinutes(10));
        var calls = new LifecycleCalls("test", watch, spawner, new GuardFixture(new ScriptedAdapter()));
        watch.Add(calls);
        watch.Start();
        var never = new ScriptedAdapter { OnSend = static (_, _) => new TaskCompletionSource<SendResult>().Task };
        calls.Start(new SendCall(GuardFixture.Message(), new BlockingSink()), never, TimeSpan.FromHours(1));
        var (ended, took) = GuardFixture.Await(sink => calls.Start(new SendCall(GuardFixture.Message(), sink), never, TimeSpan.FromSeconds(1)));
        Assert.Equal(CallEndKind.Overdue, ended.End.Kind);
        Assert.InRange(took.TotalSeconds, 0.999, 10);
        GuardFixture.Until(() => watch.IsResting, "the watch rests");
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
