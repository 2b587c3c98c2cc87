using PluginGateway.Guard;

namespace PluginGateway.Tests.Guard;

/// <summary>What the lane does about code that blocks or does not come back: real threads, the test's own time.</summary>
public sealed class LaneTests : ILaneObserver, IDisposable
{
    private readonly HookedClock _clock = new();
    private readonly Spawner _spawner = new();
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
        for (var i = 0; i < 6; i++) lane.Post(new SendCall(GuardRig.Message(), null), TimeSpan.FromHours(1), 0);
        for (var threads = 1; threads <= 4; threads++)
        {
            GuardRig.Until(() => Volatile.Read(ref _entered) == threads, $"thread {threads} has entered a call");
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
            lane.Post(new SendCall(GuardRig.Message(), null), TimeSpan.FromSeconds(1), 0);
            GuardRig.Until(() => Volatile.Read(ref _entered) == i, $"call {i} is entered");
            Pass(lane, 0.1);
            Pass(lane, 1);
            UntilThePoolIsTrusted(lane);
        }

        Assert.Equal($"{wedges} of {slots} calls are overdue", Assert.Single(_wedged));
    }

    [Fact]
    public void A_bay_that_cannot_wedge_does_not()
    {
        var lane = new Lane("lane", Never(), [new BayTerms(2, CanWedge: false)], _watch, _spawner, this);
        for (var i = 0; i < 2; i++) lane.Post(new SendCall(GuardRig.Message(), null), TimeSpan.FromSeconds(1), 0);
        GuardRig.Until(() => Volatile.Read(ref _entered) == 2, "both calls are entered");
        Pass(lane, 0.1);
        Pass(lane, 1);
        UntilThePoolIsTrusted(lane);
        List<AbandonedCall> abandoned = [];
        lane.AddAbandoned(abandoned, 1);
        Assert.Equal(2, abandoned.Count);
        Assert.Empty(_wedged);
    }

    [Fact]
    public void While_the_pool_is_not_trusted_a_call_that_only_awaits_is_not_blamed_and_one_that_blocks_is()
    {
        var owner = new SlotRig();
        var bay = new LaneBay(new BayTerms(4), owner, owner.Watch);
        Enter(bay, Never());
        var blocked = Take(bay);
        new Thread(() => blocked.Run(Blocking())) { IsBackground = true }.Start();
        GuardRig.Until(() => Volatile.Read(ref _entered) == 2, "both calls are entered");
        owner.Watch.Sweep();
        bay.Sweep(owner.Watch.Now, poolIsTrusted: true);
        owner.Clock.Advance(TimeSpan.FromSeconds(1));
        owner.Watch.Sweep();
        Assert.Equal(1, bay.Sweep(owner.Watch.Now, poolIsTrusted: false));
        Assert.Equal(2, bay.Sweep(owner.Watch.Now, poolIsTrusted: true));
    }

    [Fact]
    public void Cancelling_what_is_open_reaches_every_open_call_and_no_free_slot()
    {
        var owner = new SlotRig(cancels: true);
        var bay = new LaneBay(new BayTerms(3), owner, owner.Watch);
        List<CancellationToken> tokens = [];
        var quick = new ScriptedAdapter { OnSend = static (message, _) => Task.FromResult(SendResult.Sent(message.Key)) };
        var open = new ScriptedAdapter { OnSend = (_, token) => { tokens.Add(token); return new TaskCompletionSource<SendResult>().Task; } };
        var first = Take(bay);
        Enter(bay, open);
        Enter(bay, open);
        first.Run(quick);
        bay.CancelTaken();
        GuardRig.Until(() => tokens.TrueForAll(static token => token.IsCancellationRequested), "both open calls are cancelled");
        Enter(bay, open);
        Assert.Equal((3, false), (tokens.Count, tokens[2].IsCancellationRequested));
        bay.Queue.Enqueue((new SendCall(GuardRig.Message(), null), TimeSpan.FromSeconds(1)));
        Assert.False(bay.TryTake(out _));
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

    private static CallSlot Take(LaneBay bay)
    {
        bay.Queue.Enqueue((new SendCall(GuardRig.Message(), null), TimeSpan.FromSeconds(1)));
        Assert.True(bay.TryTake(out var slot));
        return slot;
    }

    private static void Enter(LaneBay bay, ScriptedAdapter adapter) => Take(bay).Run(adapter);

    private Lane LaneOf(int slots, ScriptedAdapter adapter) => new("lane", adapter, [new BayTerms(slots)], _watch, _spawner, this);

    private ScriptedAdapter Never() => new() { OnSend = (_, _) => { Interlocked.Increment(ref _entered); return new TaskCompletionSource<SendResult>().Task; } };

    private ScriptedAdapter Blocking() => new() { OnSend = (_, _) => { Interlocked.Increment(ref _entered); _release.WaitOne(); return null; } };

    /// <summary>The test's time runs in jumps, which look like a pool that does not answer.</summary>
    private void UntilThePoolIsTrusted(Lane lane) => GuardRig.Until(
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
