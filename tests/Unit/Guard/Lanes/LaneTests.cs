using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;

namespace PluginGateway.Tests.Guard.Lanes;

/// <summary>What the lane does about code that blocks or does not come back: real threads, the test's own time.</summary>
public sealed class LaneTests : ILaneObserver, IDisposable
{
    private readonly HookedClock _clock = new();
    private readonly Spawner _spawner = new(TimeProvider.System);
    private readonly DeadlineWatch _watch;
    private readonly ManualResetEvent _release = new(false);
    private readonly List<string> _wedged = [];
    private int _entered;

    public LaneTests()
    {
        _spawner.Start();
        _watch = new DeadlineWatch(_clock, _spawner);
        _watch.Sweep();
    }

    public void Dispose()
    {
        _release.Set();
        _release.Dispose();
    }

    [Fact]
    public void A_thread_that_is_stuck_for_over_a_second_is_replaced_three_times_and_then_the_generation_is_wedged()
    {
        var lane = LaneOf(slots: 64, Blocking());
        for (var i = 0; i < 6; i++) lane.Post(new SendCall(GuardFixture.Message(), null), TimeSpan.FromHours(1), 0);
        for (var threads = 1; threads <= 4; threads++)
        {
            GuardFixture.Until(() => Volatile.Read(ref _entered) == threads, $"thread {threads} has entered a call");
            Pass(lane, 1);
            Assert.Empty(_wedged);
            Thread.Sleep(30);
            Assert.Equal(threads, Volatile.Read(ref _entered));
            Pass(lane, 0.001);
        }

        Assert.Equal("4 threads are blocked before their first await", Assert.Single(_wedged));
        Pass(lane, 1);
        Thread.Sleep(30);
        Assert.Equal(4, Volatile.Read(ref _entered));
        Assert.Single(_wedged);
    }

    [Fact]
    public void Threads_that_come_back_wedge_nothing_however_many_they_are()
    {
        using var turn = new SemaphoreSlim(0);
        List<Thread> threads = [];
        var lane = LaneOf(slots: 64, new ScriptedAdapter
        {
            OnSend = (_, _) =>
            {
                lock (threads) threads.Add(Thread.CurrentThread);
                Interlocked.Increment(ref _entered);
                turn.Wait();
                return Task.FromResult(SendResult.Sent("k"));
            },
        });
        for (var calls = 1; calls <= 6; calls++)
        {
            lane.Post(new SendCall(GuardFixture.Message(), null), TimeSpan.FromHours(1), 0);
            GuardFixture.Until(() => Volatile.Read(ref _entered) == calls, $"call {calls} is entered");
            Pass(lane, 1);
            Pass(lane, 0.001);
            turn.Release();
            Assert.True(threads[^1].Join(GuardFixture.Patience), "A thread that was replaced did not end.");
        }

        Assert.Equal(6, threads.Distinct().Count());
        Assert.Empty(_wedged);
    }

    [Theory]
    [InlineData(4, 2)]
    [InlineData(5, 3)]
    [InlineData(1, 1)]
    public void Half_of_the_slots_overdue_is_wedged_and_one_less_is_not(int slots, int wedges)
    {
        var lane = LaneOf(slots, Never());
        for (var i = 1; i <= wedges; i++)
        {
            Assert.Empty(_wedged);
            lane.Post(new SendCall(GuardFixture.Message(), null), TimeSpan.FromSeconds(1), 0);
            GuardFixture.Until(() => Volatile.Read(ref _entered) == i, $"call {i} is entered");
            Pass(lane, 0.1);
            Pass(lane, 1);
            UntilThePoolIsTrusted(lane);
        }

        Assert.Equal($"{wedges} of {slots} calls are overdue", Assert.Single(_wedged));
    }

    [Fact]
    public void A_lane_that_has_been_idle_for_a_while_gives_its_thread_back_and_takes_one_for_the_next_call()
    {
        List<Thread> threads = [];
        var adapter = new ScriptedAdapter
        {
            OnSend = (_, _) =>
            {
                lock (threads) threads.Add(Thread.CurrentThread);
                return Task.FromResult(SendResult.Sent("k"));
            },
        };
        var lane = new Lane("lane", adapter, [new SlotPoolOptions(2)], _watch, _spawner, this, TimeSpan.FromMilliseconds(20));
        var sink = new BlockingSink();
        for (var i = 1; i <= 3; i++)
        {
            lane.Post(new SendCall(GuardFixture.Message(), sink), TimeSpan.FromHours(1), 0);
            Assert.Equal(CallEndKind.Completed, sink.Wait().End.Kind);
            Assert.True(threads[^1].Join(GuardFixture.Patience), "An idle lane keeps its thread.");
        }

        Assert.Equal(3, threads.Distinct().Count());
        lane.Close();
    }

    [Fact]
    public void No_call_is_lost_between_a_lane_whose_thread_ends_and_whoever_posts_at_that_moment()
    {
        var adapter = new ScriptedAdapter { OnSend = static (_, _) => Task.FromResult(SendResult.Sent("k")) };
        var lane = new Lane("lane", adapter, [new SlotPoolOptions(2)], _watch, _spawner, this, TimeSpan.FromMilliseconds(1));
        var sink = new BlockingSink();
        var random = new Random(1);
        for (var i = 0; i < Effort.Of(2_000); i++)
        {
            lane.Post(new SendCall(GuardFixture.Message(), sink), TimeSpan.FromHours(1), 0);
            Assert.Equal(CallEndKind.Completed, sink.Wait().End.Kind);
            Thread.Sleep(TimeSpan.FromMicroseconds(random.Next(3_000)));
        }

        lane.Close();
    }

    [Fact]
    public void A_bay_that_cannot_wedge_does_not()
    {
        var lane = new Lane("lane", Never(), [new SlotPoolOptions(2, CanWedge: false)], _watch, _spawner, this);
        for (var i = 0; i < 2; i++) lane.Post(new SendCall(GuardFixture.Message(), null), TimeSpan.FromSeconds(1), 0);
        GuardFixture.Until(() => Volatile.Read(ref _entered) == 2, "both calls are entered");
        Pass(lane, 0.1);
        Pass(lane, 1);
        UntilThePoolIsTrusted(lane);
        List<AbandonedCall> abandoned = [];
        lane.AddAbandoned(abandoned, 1);
        Assert.Equal(2, abandoned.Count);
        Assert.Empty(_wedged);
    }

    [Fact]
    public void A_thread_that_comes_back_after_it_was_replaced_finishes_its_call_and_ends()
    {
        List<Thread> threads = [];
        var lane = LaneOf(slots: 8, new ScriptedAdapter
        {
            OnSend = (_, _) =>
            {
                lock (threads) threads.Add(Thread.CurrentThread);
                if (Interlocked.Increment(ref _entered) == 1) _release.WaitOne();
                return Task.FromResult(SendResult.Sent("k"));
            },
        });
        var sink = new BlockingSink();
        void Send() => lane.Post(new SendCall(GuardFixture.Message(), sink), TimeSpan.FromHours(1), 0);
        Send();
        GuardFixture.Until(() => Volatile.Read(ref _entered) == 1, "the first call is entered");
        // Two steps: the watch takes more than a second at once for a machine that slept.
        Pass(lane, 1);
        Pass(lane, 0.001);
        Send();
        sink.Wait();
        _release.Set();
        sink.Wait();
        Assert.True(threads[0].Join(GuardFixture.Patience), "The old thread did not end.");
        for (var i = 0; i < 3; i++)
        {
            Send();
            sink.Wait();
        }

        Assert.Equal(2, threads.Distinct().Count());
        Assert.All(threads.Skip(1), thread => Assert.Same(threads[1], thread));
    }

    [Fact]
    public void A_lane_without_work_sleeps_and_its_thread_ends_when_it_is_closed()
    {
        Thread? thread = null;
        var lane = LaneOf(
            slots: 1, new ScriptedAdapter { OnSend = (_, _) => { thread = Thread.CurrentThread; return Task.FromResult(SendResult.Sent("k")); } });
        var sink = new BlockingSink();
        lane.Post(new SendCall(GuardFixture.Message(), sink), TimeSpan.FromHours(1), 0);
        sink.Wait();
        var asleep = 0;
        GuardFixture.Until(
            () => (asleep = thread!.ThreadState.HasFlag(ThreadState.WaitSleepJoin) ? asleep + 1 : 0) >= 20, "it sleeps, and goes on sleeping");
        lane.Close();
        Assert.True(thread!.Join(GuardFixture.Patience), "The thread did not end.");
        lane.Post(new SendCall(GuardFixture.Message(), sink), TimeSpan.FromHours(1), 0);
        Assert.Equal(CallEndKind.Refused, sink.Wait().End.Kind);
    }

    [Fact]
    public void A_lane_that_is_closed_refuses_what_waits_and_lets_what_is_open_end()
    {
        var send = new TaskCompletionSource<SendResult>();
        CancellationToken token = default;
        var lane = LaneOf(
            slots: 1, new ScriptedAdapter { OnSend = (_, given) => { token = given; Interlocked.Increment(ref _entered); return send.Task; } });
        var (open, waiting) = (new BlockingSink(), new BlockingSink());
        lane.Post(new SendCall(GuardFixture.Message(), open), TimeSpan.FromHours(1), 0);
        lane.Post(new SendCall(GuardFixture.Message(), waiting), TimeSpan.FromHours(1), 0);
        GuardFixture.Until(() => Volatile.Read(ref _entered) == 1, "the first call is entered");
        lane.Close();
        Assert.Equal(CallEndKind.Refused, waiting.Wait().End.Kind);
        Assert.True(open.IsEmpty);
        Assert.False(token.IsCancellationRequested);
        lane.CancelOpen();
        GuardFixture.Until(() => token.IsCancellationRequested, "the open call is asked to stop");
        Assert.True(lane.IsServing);
        send.SetResult(SendResult.Sent("k"));
        Assert.Equal(CallEndKind.Completed, open.Wait().End.Kind);
        Assert.False(lane.HasOpenCalls);
    }

    [Fact]
    public void While_the_pool_is_not_trusted_a_call_that_only_awaits_is_not_blamed_and_one_that_blocks_is()
    {
        var owner = new SlotFixture();
        var pool = new SlotPool(new SlotPoolOptions(4), owner, owner.Watch);
        var done = Take(pool);
        Enter(pool, Never());
        Enter(pool, Never());
        var blocked = Take(pool);
        new Thread(() => blocked.Run(Blocking())) { IsBackground = true }.Start();
        GuardFixture.Until(() => Volatile.Read(ref _entered) == 3, "three calls are entered");
        done.Run(new ScriptedAdapter());
        owner.Watch.Sweep();
        pool.Sweep(owner.Watch.Now, poolIsTrusted: true);
        owner.Clock.Advance(TimeSpan.FromSeconds(1));
        owner.Watch.Sweep();
        Assert.Equal(1, pool.Sweep(owner.Watch.Now, poolIsTrusted: false));
        Assert.Equal(3, pool.Sweep(owner.Watch.Now, poolIsTrusted: true));
    }

    [Fact]
    public void Cancelling_what_is_open_reaches_every_open_call_and_no_free_slot()
    {
        var owner = new SlotFixture(cancels: true);
        var pool = new SlotPool(new SlotPoolOptions(3), owner, owner.Watch);
        List<CancellationToken> tokens = [];
        var quick = new ScriptedAdapter { OnSend = static (message, _) => Task.FromResult(SendResult.Sent(message.Key)) };
        var open = new ScriptedAdapter { OnSend = (_, token) => { tokens.Add(token); return new TaskCompletionSource<SendResult>().Task; } };
        var first = Take(pool);
        Enter(pool, open);
        Enter(pool, open);
        first.Run(quick);
        pool.CancelTaken();
        GuardFixture.Until(() => tokens.TrueForAll(static token => token.IsCancellationRequested), "both open calls are cancelled");
        Enter(pool, open);
        Assert.Equal((3, false), (tokens.Count, tokens[2].IsCancellationRequested));
        pool.Enqueue(new SendCall(GuardFixture.Message(), null), TimeSpan.FromSeconds(1));
        Assert.False(pool.TryTake(out _));
    }

    void ILaneObserver.OnSettled(Operation operation, in CallEnd end)
    {
    }

    void ILaneObserver.OnOverdue(Operation operation, in CallEnd end)
    {
    }

    void ILaneObserver.OnLate(Operation operation, TimeSpan lateness, CallFailure? failure)
    {
    }

    void ILaneObserver.OnWedged(string reason) => _wedged.Add(reason);

    private static CallSlot Take(SlotPool pool)
    {
        pool.Enqueue(new SendCall(GuardFixture.Message(), null), TimeSpan.FromSeconds(1));
        Assert.True(pool.TryTake(out var slot));
        return slot;
    }

    private static void Enter(SlotPool pool, ScriptedAdapter adapter) => Take(pool).Run(adapter);

    private Lane LaneOf(int slots, ScriptedAdapter adapter) => new("lane", adapter, [new SlotPoolOptions(slots)], _watch, _spawner, this);

    private ScriptedAdapter Never() =>
        new() { OnSend = (_, _) => { Interlocked.Increment(ref _entered); return new TaskCompletionSource<SendResult>().Task; } };

    private ScriptedAdapter Blocking() => new() { OnSend = (_, _) => { Interlocked.Increment(ref _entered); _release.WaitOne(); return null; } };

    /// <summary>The test's time runs in jumps, which look like a pool that does not answer.</summary>
    private void UntilThePoolIsTrusted(Lane lane) => GuardFixture.Until(
        () =>
        {
            Pass(lane, 0.02);
            if (!_watch.Pool.IsTrusted) return false;
            Pass(lane, 0);
            return true;
        },
        "the pool is trusted");

    private void Pass(Lane lane, double seconds)
    {
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        _watch.Sweep();
        lane.Sweep(_watch.Now);
    }
}
