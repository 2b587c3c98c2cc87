using Microsoft.Extensions.Time.Testing;
using PluginGateway.Configuration;
using PluginGateway.Dispatch;
using PluginGateway.Store;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

/// <summary>A wait that a platform or a plugin demands is bounded, shown, and ended by the operator.</summary>
public sealed class HoldTests
{
    [Theory]
    [InlineData(RateLimitScope.Account)]
    [InlineData(RateLimitScope.Chat)]
    public void Rate_limit_of_nonsense_parks_its_message_and_holds_the_next_one_for_an_hour(RateLimitScope scope)
    {
        using var rig = new DispatchRig();
        rig.Owe("e1", "one", "two");
        var adapter = rig.Attach();
        rig.Settle();
        adapter.Answer(0, SendResult.NotSent(SendError.RateLimited(TimeSpan.FromDays(400), scope, "slow down")));
        Assert.Equal((1, 1), (rig.Store.Balance().Outbound.Parked, rig.Store.Balance().Outbound.Pending));
        var outlet = Assert.Single(rig.Snapshot.Outlets);
        Assert.Equal(rig.Clock.GetUtcNow().AddHours(1), scope == RateLimitScope.Account ? outlet.HeldUntil : outlet.ChatsHeldUntil);
        rig.Advance(TimeSpan.FromMinutes(59));
        Assert.Single(adapter.Sends);
        rig.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(["one", "two"], adapter.Texts);
        Assert.Null(rig.Snapshot.Outlets[0].HeldUntil);
    }

    [Theory]
    [InlineData(RateLimitScope.Account)]
    [InlineData(RateLimitScope.Chat)]
    public void Operator_ends_every_hold_of_an_adapter_now_and_for_its_next_generation(RateLimitScope scope)
    {
        using var rig = new DispatchRig();
        rig.OweIn("1", "e1", "one");
        rig.OweIn("2", "e2", "two");
        var adapter = rig.Attach();
        rig.Settle();
        adapter.Answer(0, Limited());
        rig.Dispatcher.ForgetHolds("a");
        rig.Settle();
        Assert.Equal(["one", "two", "one"], adapter.Texts);
        adapter.Answer(1, Limited());
        adapter.Answer(2, Limited());
        rig.Dispatcher.Detach("a", 1);
        var next = rig.Attach(generation: 2);
        rig.Settle();
        Assert.Equal(["one", "two"], next.Texts.Order());

        SendResult Limited() => SendResult.NotSent(SendError.RateLimited(TimeSpan.FromMinutes(50), scope, "slow down"));
    }

    [Fact]
    public void Rate_limit_outlives_a_reconnect_that_nobody_asked_for()
    {
        using var rig = new DispatchRig();
        rig.Owe("e1", "one");
        var adapter = rig.Attach();
        rig.Settle();
        adapter.Answer(0, SendResult.NotSent(SendError.RateLimited(TimeSpan.FromMinutes(50), RateLimitScope.Account, "slow down")));
        rig.Dispatcher.Detach("a", 1);
        var next = rig.Attach(generation: 2);
        rig.Settle();
        Assert.Empty(next.Sends);
        rig.Advance(TimeSpan.FromMinutes(51));
        Assert.Single(next.Sends);
    }

    [Fact]
    public void Pending_message_that_is_sent_again_is_due_now_and_sent_once()
    {
        using var rig = new DispatchRig();
        rig.Owe("e1", "one");
        var adapter = rig.Attach();
        rig.Settle();
        adapter.Answer(0, SendResult.NotSent(SendError.RateLimited(TimeSpan.FromMinutes(50), RateLimitScope.Account, "slow down")));
        var id = Assert.Single(rig.Store.Open()).Id;
        rig.Dispatcher.Resume([.. rig.Store.Resend(id).Select(static touched => touched.Row).OfType<OutboxRow>()]);
        rig.Settle();
        Assert.Equal(["one", "one"], adapter.Texts);
        Assert.False(Assert.Single(rig.Store.Resend(id)).IsDone);
        adapter.Sent(1);
        Assert.Equal((1, 0), (rig.Store.Balance().Outbound.Delivered, rig.Snapshot.OwedSends));
    }

    [Fact]
    public void Age_counts_from_when_a_message_was_owed_whenever_it_is_due_and_anew_when_it_is_sent_again()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        using var folder = new StoreFolder { Clock = clock };
        var store = folder.Open();
        var row = store.Owe(store.Stored("e1"), 0).Row!;
        // Written by a version that kept a wait of a year.
        Assert.True(StoreCalls.Wait<bool>(done => store.Reschedule(row.Id, clock.GetUtcNow().AddDays(365), false, "wait", done)).Value);
        store.CloseCleanly();
        var rig = new DispatchRig(folder: new StoreFolder(folder.Folder) { Clock = clock });
        rig.Settle();
        rig.Attach(outbox: new OutboxOptions { ExpireAfter = TimeSpan.FromHours(2) });
        rig.Advance(TimeSpan.FromMinutes(119));
        Assert.Equal(1, rig.Store.Balance().Outbound.Pending);
        rig.Advance(TimeSpan.FromMinutes(3));
        Assert.Contains("It expired", Assert.Single(rig.Store.ListOutbox(new([OutboxState.Parked], null, 10))).Error, StringComparison.Ordinal);
        rig.Dispatcher.Detach("a", 1);
        rig.Dispatcher.Resume([.. rig.Store.Resend(row.Id).Select(static touched => touched.Row).OfType<OutboxRow>()]);
        rig.Advance(TimeSpan.FromMinutes(119));
        Assert.Equal(1, rig.Store.Balance().Outbound.Pending);
        rig.Store.CloseCleanly();
    }
}
