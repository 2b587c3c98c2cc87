using Microsoft.Extensions.Time.Testing;
using PluginGateway.Configuration.Options;
using PluginGateway.Loading;
using PluginGateway.Store.Verbs;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.Outbound;

/// <summary>Messages of which nobody knows whether they arrived: sent again only where that is safe.</summary>
public sealed class DoubtTests
{
    [Fact]
    public void Unknown_outcome_is_parked_where_a_second_attempt_could_deliver_twice()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one", "two");
        var adapter = fixture.Attach();
        fixture.Settle();
        adapter.Overdue(0);
        Assert.Equal(["one", "two"], adapter.Texts);
        Assert.Equal(1, fixture.Store.Balance().Outbound.Parked);
    }

    [Theory]
    [InlineData(Idempotency.Native)]
    [InlineData(Idempotency.Reconcilable)]
    public void Unknown_outcome_is_sent_again_with_the_same_key_where_that_is_safe(Idempotency idempotency)
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        var adapter = fixture.Attach(traits: new AdapterTraits { Idempotency = idempotency });
        fixture.Settle();
        adapter.Overdue(0);
        fixture.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(2, adapter.Sends.Count);
        Assert.Equal(adapter.Sends[0].Message.Key, adapter.Sends[1].Message.Key);
    }

    [Fact]
    public void Unknown_outcome_is_sent_again_where_the_operator_accepts_two_deliveries()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        var adapter = fixture.Attach(outbox: new OutboxOptions { OnUnknown = OnUnknown.Resend });
        fixture.Settle();
        adapter.Overdue(0);
        fixture.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(["one", "one"], adapter.Texts);
        Assert.Equal(0, fixture.Store.Balance().Outbound.Parked);
    }

    [Theory]
    [InlineData(Idempotency.Native, false, 1, 0)]
    [InlineData(Idempotency.None, false, 0, 1)]
    [InlineData(Idempotency.Native, true, 1, 0)]
    [InlineData(Idempotency.None, true, 0, 1)]
    public void Message_that_was_being_sent_at_a_crash_is_sent_again_only_where_that_is_safe(
        Idempotency idempotency, bool attachedBeforeLoaded, int sent, int parked)
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        var row = store.Owe(store.Stored("e1"), 0).Row!;
        store.Lease(row.Id);
        store.CloseCleanly();
        var fixture = new DispatchFixture(folder: folder);
        if (!attachedBeforeLoaded) fixture.Settle();
        var adapter = fixture.Attach(traits: new AdapterTraits { Idempotency = idempotency });
        if (attachedBeforeLoaded) fixture.Dispatcher.Step(TimeSpan.Zero);
        fixture.Settle();
        Assert.Equal((sent, parked), (adapter.Sends.Count, (int)fixture.Store.Balance().Outbound.Parked));
        fixture.Store.CloseCleanly();
    }

    [Theory]
    [InlineData(50, 3600, Idempotency.Native, false, 2, 0)]
    [InlineData(61, 3600, Idempotency.Native, false, 1, 1)]
    [InlineData(61, 0, Idempotency.Native, false, 2, 0)]
    [InlineData(61, 3600, Idempotency.Reconcilable, false, 2, 0)]
    [InlineData(61, 3600, Idempotency.Native, true, 2, 0)]
    public void Message_in_doubt_is_parked_once_the_platform_may_have_forgotten_its_key(
        int minutes, int window, Idempotency idempotency, bool resends, int sent, int parked)
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        var traits = new AdapterTraits { Idempotency = idempotency, IdempotencySeconds = window };
        var outbox = new OutboxOptions { OnUnknown = resends ? OnUnknown.Resend : OnUnknown.Park };
        var adapter = fixture.Attach(traits: traits, outbox: outbox);
        fixture.Settle();
        adapter.Overdue(0);
        fixture.Dispatcher.Detach("a", 1);
        fixture.Advance(TimeSpan.FromMinutes(minutes));
        var next = fixture.Attach(generation: 2, traits: traits, outbox: outbox);
        fixture.Settle();
        Assert.Equal((sent, parked), (adapter.Sends.Count + next.Sends.Count, (int)fixture.Store.Balance().Outbound.Parked));
    }

    /// <summary>The clock was ahead when the last process ended: nobody knows how long ago that was.</summary>
    [Theory]
    [InlineData(false, 3600, false, 0, 1)]
    [InlineData(true, 3600, false, 0, 1)]
    [InlineData(false, 0, false, 1, 0)]
    [InlineData(false, 3600, true, 1, 0)]
    public void Doubt_that_began_in_the_future_is_older_than_what_a_platform_remembers(
        bool isRescheduled, int window, bool resends, int sent, int parked)
    {
        using var folder = new StoreFolder();
        var start = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        using var ahead = new StoreFolder(folder.Folder) { Clock = new FakeTimeProvider(start.AddHours(2)) };
        var store = ahead.Open();
        var row = store.Owe(store.Stored("e1"), 0).Row!;
        store.Lease(row.Id);
        if (isRescheduled)
            Assert.True(StoreCalls.Wait<bool>(done => store.Reschedule(row.Id, ahead.Clock.GetUtcNow(), true, "in doubt", done)).Value);
        store.CloseCleanly();
        using var fixture = new DispatchFixture(folder: new StoreFolder(folder.Folder) { Clock = new FakeTimeProvider(start) });
        var traits = new AdapterTraits { Idempotency = Idempotency.Native, IdempotencySeconds = window };
        var adapter = fixture.Attach(traits: traits, outbox: new OutboxOptions { OnUnknown = resends ? OnUnknown.Resend : OnUnknown.Park });
        fixture.Settle();
        Assert.Equal((sent, parked), (adapter.Sends.Count, (int)fixture.Store.Balance().Outbound.Parked));
        var error = fixture.Store.Read(StoreFolder.Patience, db => OutboxVerbs.Find(db, row.Id)).Value!.Error;
        if (parked == 1)
            Assert.StartsWith("It may have arrived at a time that the clock, which was set back, does not tell", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Doubt_is_counted_from_the_first_attempt_that_may_have_arrived_and_outlives_a_restart()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        var (first, second) = (store.Owe(store.Stored("e1"), 0).Row!, store.Owe(store.Stored("e2"), 0).Row!);
        store.Lease(first.Id);
        store.Lease(second.Id);
        // The one was in doubt and has been tried again since, of the other it is known that it has not arrived.
        Assert.True(StoreCalls.Wait<bool>(done => store.Reschedule(first.Id, folder.Clock.GetUtcNow(), true, "in doubt", done)).Value);
        Assert.True(StoreCalls.Wait<bool>(done => store.Reschedule(second.Id, folder.Clock.GetUtcNow(), false, "not sent", done)).Value);
        store.CloseCleanly();
        var fixture = new DispatchFixture(folder: folder);
        var adapter = fixture.Attach(traits: new AdapterTraits { Idempotency = Idempotency.Native, IdempotencySeconds = 3600 });
        fixture.Settle();
        var parked = fixture.Store.Read(StoreFolder.Patience, db => OutboxVerbs.Find(db, first.Id)).Value!;
        Assert.Contains(
            "It may have arrived 60 minutes ago, and the platform remembers its key for 60 minutes only", parked.Error, StringComparison.Ordinal);
        Assert.Single(adapter.Sends);
        fixture.Store.CloseCleanly();
    }
}
