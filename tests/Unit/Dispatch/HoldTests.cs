using Microsoft.Extensions.Time.Testing;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Store;
using PluginGateway.Store.Verbs;
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
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one", "two");
        var adapter = fixture.Attach();
        fixture.Settle();
        adapter.Answer(0, SendResult.NotSent(SendError.RateLimited(TimeSpan.FromDays(400), scope, "slow down")));
        Assert.Equal((1, 1), (fixture.Store.Balance().Outbound.Parked, fixture.Store.Balance().Outbound.Pending));
        var queue = Assert.Single(fixture.Snapshot.Adapters);
        Assert.Equal(fixture.Clock.GetUtcNow().AddHours(1), scope == RateLimitScope.Account ? queue.HeldUntil : queue.ChatsHeldUntil);
        fixture.Advance(TimeSpan.FromMinutes(59));
        Assert.Single(adapter.Sends);
        fixture.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(["one", "two"], adapter.Texts);
        Assert.Null(fixture.Snapshot.Adapters[0].HeldUntil);
    }

    [Theory]
    [InlineData(RateLimitScope.Account)]
    [InlineData(RateLimitScope.Chat)]
    public void Operator_ends_every_hold_of_an_adapter_now_and_for_its_next_generation(RateLimitScope scope)
    {
        using var fixture = new DispatchFixture();
        fixture.OweIn("1", "e1", "one");
        fixture.OweIn("2", "e2", "two");
        var adapter = fixture.Attach();
        fixture.Settle();
        adapter.Answer(0, Limited());
        fixture.Dispatcher.ForgetHolds("a");
        fixture.Settle();
        Assert.Equal(["one", "two", "one"], adapter.Texts);
        adapter.Answer(1, Limited());
        adapter.Answer(2, Limited());
        fixture.Dispatcher.Detach("a", 1);
        var next = fixture.Attach(generation: 2);
        fixture.Settle();
        Assert.Equal(["one", "two"], next.Texts.Order());

        SendResult Limited() => SendResult.NotSent(SendError.RateLimited(TimeSpan.FromMinutes(50), scope, "slow down"));
    }

    [Fact]
    public void Messages_that_are_to_be_sent_again_are_shown_with_their_reason_until_they_have_arrived()
    {
        using var fixture = new DispatchFixture();
        fixture.OweIn("1", "e1", "one");
        fixture.OweIn("2", "e2", "two");
        var adapter = fixture.Attach();
        fixture.Settle();
        Assert.Null(fixture.Snapshot.Adapters[0].Retrying);
        adapter.Answer(
            0, SendResult.NotSent(new SendError(SendErrorKind.Transient, SendRetry.After(TimeSpan.FromSeconds(40)), "the platform answers 502")));
        fixture.Advance(TimeSpan.FromSeconds(10));
        adapter.Answer(1, SendResult.NotSent(new SendError(SendErrorKind.Transient, SendRetry.AfterReconnect, "the socket was closed")));
        var retrying = fixture.Snapshot.Adapters[0].Retrying!;
        Assert.Equal((2, fixture.Clock.GetUtcNow().AddSeconds(-10), fixture.Clock.GetUtcNow().AddSeconds(30)),
            (retrying.Messages, retrying.SinceUtc, retrying.NextAttemptUtc));
        Assert.Contains("the platform answers 502", retrying.Reason, StringComparison.Ordinal);

        fixture.Advance(TimeSpan.FromSeconds(31));
        adapter.Answer(2, SendResult.Sent("m"));
        retrying = fixture.Snapshot.Adapters[0].Retrying!;
        Assert.Equal((1, null), (retrying.Messages, retrying.NextAttemptUtc));
        Assert.Contains("the socket was closed", retrying.Reason, StringComparison.Ordinal);

        fixture.Dispatcher.Detach("a", 1);
        var next = fixture.Attach(generation: 2);
        fixture.Settle();
        next.Answer(0, SendResult.Sent("m"));
        Assert.Null(fixture.Snapshot.Adapters[0].Retrying);
    }

    [Fact]
    public void Rate_limit_outlives_a_reconnect_that_nobody_asked_for()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        var adapter = fixture.Attach();
        fixture.Settle();
        adapter.Answer(0, SendResult.NotSent(SendError.RateLimited(TimeSpan.FromMinutes(50), RateLimitScope.Account, "slow down")));
        fixture.Dispatcher.Detach("a", 1);
        var next = fixture.Attach(generation: 2);
        fixture.Settle();
        Assert.Empty(next.Sends);
        fixture.Advance(TimeSpan.FromMinutes(51));
        Assert.Single(next.Sends);
    }

    [Fact]
    public void Pending_message_that_is_sent_again_is_due_now_and_sent_once()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        var adapter = fixture.Attach();
        fixture.Settle();
        adapter.Answer(0, SendResult.NotSent(SendError.RateLimited(TimeSpan.FromMinutes(50), RateLimitScope.Account, "slow down")));
        var id = Assert.Single(fixture.Store.Open()).Id;
        fixture.Dispatcher.Resume([.. fixture.Store.Resend(id).Select(static rowChange => rowChange.Row).OfType<OutboxRow>()]);
        fixture.Settle();
        Assert.Equal(["one", "one"], adapter.Texts);
        Assert.False(Assert.Single(fixture.Store.Resend(id)).IsDone);
        adapter.Sent(1);
        Assert.Equal((1, 0), (fixture.Store.Balance().Outbound.Delivered, fixture.Snapshot.OwedSends));
    }

    [Fact]
    public void Message_that_waits_for_the_next_connection_goes_through_this_one_when_the_operator_says_so()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        var adapter = fixture.Attach();
        fixture.Settle();
        adapter.Answer(0, SendResult.NotSent(new SendError(SendErrorKind.Transient, SendRetry.AfterReconnect, "the session has expired")));
        fixture.Advance(TimeSpan.FromMinutes(10));
        Assert.Single(adapter.Sends);
        fixture.Dispatcher.Resume(
            [.. fixture.Store.Resend(Assert.Single(fixture.Store.Open()).Id).Select(static rowChange => rowChange.Row).OfType<OutboxRow>()]);
        fixture.Settle();
        Assert.Equal(["one", "one"], adapter.Texts);
        adapter.Sent(1);
        Assert.Equal((1, 0), (fixture.Store.Balance().Outbound.Delivered, fixture.Snapshot.OwedSends));
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
        var fixture = new DispatchFixture(folder: new StoreFolder(folder.Folder) { Clock = clock });
        fixture.Settle();
        fixture.Attach(outbox: new OutboxOptions { ExpireAfter = TimeSpan.FromHours(2) });
        fixture.Advance(TimeSpan.FromMinutes(119));
        Assert.Equal(1, fixture.Store.Balance().Outbound.Pending);
        fixture.Advance(TimeSpan.FromMinutes(3));
        Assert.Contains("It expired", Assert.Single(fixture.Store.ListOutbox(new([OutboxState.Parked], null, 10))).Error, StringComparison.Ordinal);
        fixture.Dispatcher.Detach("a", 1);
        fixture.Dispatcher.Resume([.. fixture.Store.Resend(row.Id).Select(static rowChange => rowChange.Row).OfType<OutboxRow>()]);
        fixture.Advance(TimeSpan.FromMinutes(119));
        Assert.Equal(1, fixture.Store.Balance().Outbound.Pending);
        fixture.Store.CloseCleanly();
    }
}
