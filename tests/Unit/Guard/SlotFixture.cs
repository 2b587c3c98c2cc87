using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;

namespace PluginGateway.Tests.Guard;

/// <summary>One slot under a watch that sweeps when the test says so, by a clock that the test turns.</summary>
internal sealed class SlotFixture : ISlotOwner, IWatched
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(1);

    public SlotFixture(bool cancels = false)
    {
        // What is completed on this thread ends on this thread.
        SynchronizationContext.SetSynchronizationContext(null);
        var spawner = new Spawner(TimeProvider.System);
        if (cancels) spawner.Start();
        Watch = new DeadlineWatch(Clock, spawner);
        Slot = new CallSlot(this, Watch);
        Watch.Add(this);
    }

    public HookedClock Clock { get; } = new();

    public DeadlineWatch Watch { get; }

    public CallSlot Slot { get; }

    public List<(GuardedCall Call, CallEnd End)> Settled { get; } = [];

    public List<(GuardedCall Call, CallEnd End)> Overdue { get; } = [];

    public List<(GuardedCall Call, TimeSpan Lateness, CallFailure? Failure)> Late { get; } = [];

    public int Freed { get; private set; }

    /// <summary>Runs in every sweep, after the clock was read and before the slot is visited.</summary>
    public Action? BeforeVisit { get; set; }

    /// <summary>Runs when a call has ended by itself, before anybody else hears of it.</summary>
    public Action? OnEnd { get; set; }

    /// <summary>Takes the slot and enters; returns what the plugin has to complete.</summary>
    public (SendCall Call, TaskCompletionSource<SendResult> Source, CancellationToken Token) Enter(double seconds)
    {
        var source = new TaskCompletionSource<SendResult>();
        CancellationToken token = default;
        var call = new SendCall(GuardFixture.Message(), null);
        Slot.Take(call, TimeSpan.FromSeconds(seconds));
        Slot.Run(new ScriptedAdapter
        {
            OnSend = (_, given) =>
            {
                token = given;
                return source.Task;
            },
        });
        return (call, source, token);
    }

    /// <summary>Lets time pass, with a sweep every second and one at the end.</summary>
    public void Pass(double seconds)
    {
        for (var left = TimeSpan.FromSeconds(seconds); left > TimeSpan.Zero; left -= SweepEvery)
        {
            Clock.Advance(left < SweepEvery ? left : SweepEvery);
            Watch.Sweep();
        }
    }

    bool IWatched.Sweep(long now)
    {
        BeforeVisit?.Invoke();
        Slot.Sweep(now);
        return true;
    }

    void ISlotOwner.OnSettled(GuardedCall call, in CallEnd end)
    {
        OnEnd?.Invoke();
        Settled.Add((call, end));
    }

    void ISlotOwner.OnOverdue(GuardedCall call, in CallEnd end) => Overdue.Add((call, end));

    void ISlotOwner.OnLate(GuardedCall call, TimeSpan lateness, CallFailure? failure) => Late.Add((call, lateness, failure));

    void ISlotOwner.OnFree(CallSlot slot) => Freed++;
}

/// <summary>A clock the test turns; it can do something while somebody calculates with it.</summary>
internal sealed class HookedClock : TimeProvider
{
    private long _ticks = TimeSpan.TicksPerDay;

    /// <summary>Runs once, in the middle of the next calculation of a length of time.</summary>
    public Action? OnCalculation { get; set; }

    public override long TimestampFrequency
    {
        get
        {
            var hook = OnCalculation;
            OnCalculation = null;
            hook?.Invoke();
            return TimeSpan.TicksPerSecond;
        }
    }

    public override long GetTimestamp() => Volatile.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
}
