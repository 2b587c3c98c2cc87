using Microsoft.Extensions.Time.Testing;
using PluginGateway.Configuration.Options;
using PluginGateway.Loading;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

/// <summary>What is due goes by a clock that never jumps; platforms and people get the time of day.</summary>
public sealed class DispatchClockTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(-2)]
    public void Deadline_of_a_send_and_the_times_in_the_snapshot_are_those_of_the_wall_clock(int hours)
    {
        var clock = new JumpingClock();
        using var fixture = new DispatchFixture(folder: new StoreFolder { Clock = clock });
        var adapter = fixture.Attach();
        fixture.Settle();
        clock.Jump = TimeSpan.FromHours(hours);
        fixture.Owe("e1", "one");
        fixture.Settle();
        Assert.Equal(fixture.Clock.GetUtcNow().AddSeconds(30), Assert.Single(adapter.Sends).Message.Deadline);
        adapter.Sent(0);
        Assert.Equal(fixture.Clock.GetUtcNow(), Assert.Single(fixture.Snapshot.Adapters).LastOutbound);
        var handler = fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e2"));
        fixture.Until(() => handler.Turns.Count == 1);
        Assert.Equal(fixture.Clock.GetUtcNow(), Assert.Single(fixture.Snapshot.RunningTurns).Since);
    }

    [Theory]
    [InlineData(120, 1, 1)]
    [InlineData(50, 2, 0)]
    [InlineData(-120, 2, 0)]
    public void Time_that_the_machine_slept_counts_where_a_platform_forgets_a_key(int minutes, int sent, int parked)
    {
        var clock = new JumpingClock();
        using var fixture = new DispatchFixture(folder: new StoreFolder { Clock = clock });
        fixture.Owe("e1", "one");
        var traits = new AdapterTraits { Idempotency = Idempotency.Native, IdempotencySeconds = 3600 };
        var adapter = fixture.Attach(traits: traits, outbox: new OutboxOptions());
        fixture.Settle();
        adapter.Overdue(0);
        // The monotonic clock stands still while the machine sleeps.
        clock.Jump = TimeSpan.FromMinutes(minutes);
        fixture.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((sent, parked), (adapter.Sends.Count, (int)fixture.Store.Balance().Outbound.Parked));
    }

    /// <summary>A wall clock that can be set while the steady clock goes on.</summary>
    private sealed class JumpingClock() : FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000))
    {
        public TimeSpan Jump { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Jump;

        public override long GetTimestamp() => base.GetUtcNow().UtcTicks;
    }
}
