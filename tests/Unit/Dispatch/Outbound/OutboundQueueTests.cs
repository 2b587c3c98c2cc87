using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.Outbound;
using PluginGateway.Loading;
using PluginGateway.Store;
using PluginGateway.Store.Verbs;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.Outbound;

public sealed class OutboundQueueTests
{
    private static readonly SendError Transient = new(SendErrorKind.Transient, SendRetry.Now, "connection refused");

    [Fact]
    public void Chat_gets_one_message_at_a_time_in_order_and_others_are_served_beside_it()
    {
        using var fixture = new DispatchFixture();
        fixture.OweIn("1", "e1", "one", "two");
        fixture.OweIn("2", "e2", "beside");
        var adapter = fixture.Attach();
        fixture.Settle();
        Assert.Equal(["one", "beside"], adapter.Texts);
        adapter.Sent(0);
        Assert.Equal(["one", "beside", "two"], adapter.Texts);
        adapter.Sent(1);
        adapter.Sent(2);
        Assert.Equal((3, 0), (fixture.Store.Balance().Outbound.Delivered, fixture.Store.Balance().Outbound.Pending));
        Assert.Equal(0, fixture.Snapshot.OwedSends);
    }

    [Fact]
    public void No_more_sends_are_open_than_the_adapter_declares()
    {
        using var fixture = new DispatchFixture();
        for (var i = 0; i < 5; i++) fixture.OweIn($"{i}", $"e{i}", $"{i}");
        var adapter = fixture.Attach(traits: new AdapterTraits { ConcurrentSends = 2 });
        fixture.Settle();
        Assert.Equal(2, adapter.Sends.Count);
        adapter.Sent(0);
        Assert.Equal(3, adapter.Sends.Count);
        Assert.Equal(2, fixture.Snapshot.SendsInFlight);
    }

    [Fact]
    public void Lease_is_durable_before_the_adapter_is_called()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        var adapter = fixture.Attach();
        fixture.Until(() => adapter.Sends.Count == 1);
        Assert.True(Assert.Single(fixture.Store.Open()).IsLeased);
    }

    [Fact]
    public void Message_that_was_not_sent_is_tried_again_with_the_same_key_and_holds_its_chat()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one", "two");
        var adapter = fixture.Attach();
        fixture.Settle();
        adapter.Answer(0, SendResult.NotSent(Transient));
        Assert.Single(adapter.Sends);
        fixture.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(["one", "one"], adapter.Texts);
        Assert.Equal(adapter.Sends[0].Message.Key, adapter.Sends[1].Message.Key);
        Assert.Equal((1, 2), (adapter.Sends[0].Message.Attempt, adapter.Sends[1].Message.Attempt));
        adapter.Sent(1);
        Assert.Equal("two", adapter.Sends[2].Message.Text);
    }

    [Fact]
    public void Message_that_keeps_failing_lets_later_ones_pass_after_five_minutes()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "bad", "good");
        var adapter = fixture.Attach();
        fixture.Settle();
        adapter.Answer(0, SendResult.NotSent(new SendError(SendErrorKind.Transient, SendRetry.After(TimeSpan.FromHours(1)), "not now")));
        fixture.Advance(TimeSpan.FromSeconds(299));
        Assert.Single(adapter.Sends);
        fixture.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["bad", "good"], adapter.Texts);
        adapter.Sent(1);
        fixture.Advance(TimeSpan.FromHours(1));
        Assert.Equal(["bad", "good", "bad"], adapter.Texts);
    }

    [Fact]
    public void Refused_message_is_rejected_and_the_next_one_passes()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "bad", "good");
        var adapter = fixture.Attach();
        fixture.Settle();
        adapter.Answer(0, SendResult.NotSent(new SendError(SendErrorKind.Forbidden, SendRetry.Never, "blocked by the user")));
        Assert.Equal(["bad", "good"], adapter.Texts);
        Assert.Equal(1, fixture.Store.Balance().Outbound.Rejected);
    }

    [Fact]
    public void Rate_limit_of_a_chat_holds_that_chat_only()
    {
        using var fixture = new DispatchFixture();
        fixture.OweIn("1", "e1", "one", "two");
        fixture.OweIn("2", "e2", "beside", "more");
        var adapter = fixture.Attach();
        fixture.Settle();
        adapter.Answer(0, SendResult.NotSent(SendError.RateLimited(TimeSpan.FromSeconds(30), RateLimitScope.Chat, "slow down")));
        adapter.Sent(1);
        Assert.Equal(["one", "beside", "more"], adapter.Texts);
        fixture.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(3, adapter.Sends.Count);
        fixture.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal("one", adapter.Sends[3].Message.Text);
    }

    [Fact]
    public void Rate_limit_of_a_chat_is_kept_even_where_a_retry_would_let_later_messages_pass()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one", "two");
        var adapter = fixture.Attach();
        fixture.Settle();
        adapter.Answer(0, SendResult.NotSent(SendError.RateLimited(TimeSpan.FromMinutes(10), RateLimitScope.Chat, "slow down")));
        fixture.Advance(TimeSpan.FromMinutes(9));
        Assert.Single(adapter.Sends);
        fixture.Advance(TimeSpan.FromMinutes(1.1));
        Assert.Equal(["one", "one"], adapter.Texts);
    }

    [Fact]
    public void Message_leased_for_a_generation_that_is_gone_goes_to_the_next()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        using var release = new ManualResetEventSlim();
        fixture.Store.Accept(StoreFolder.Entry("blocks the writer"), _ => release.Wait(StoreFolder.Patience));
        var old = fixture.Attach(generation: 1);
        fixture.Dispatcher.Step(TimeSpan.Zero);
        fixture.Dispatcher.Detach("a", 1);
        var next = fixture.Attach(generation: 2);
        fixture.Dispatcher.Step(TimeSpan.Zero);
        release.Set();
        fixture.Settle();
        Assert.Empty(old.Sends);
        Assert.Equal(["one"], next.Texts);
        Assert.Equal(1, next.Sends[0].Message.Attempt);
    }

    [Fact]
    public void Rate_limit_of_the_account_holds_every_chat_even_over_a_reconnect()
    {
        using var fixture = new DispatchFixture();
        fixture.OweIn("1", "e1", "one");
        var adapter = fixture.Attach(generation: 1);
        fixture.Settle();
        adapter.Answer(0, SendResult.NotSent(SendError.RateLimited(TimeSpan.FromSeconds(30), RateLimitScope.Account, "slow down")));
        fixture.OweIn("2", "e2", "other");
        fixture.Dispatcher.Detach("a", 1);
        var next = fixture.Attach(generation: 2);
        fixture.Advance(TimeSpan.FromSeconds(29));
        Assert.Single(adapter.Sends);
        Assert.Empty(next.Sends);
        fixture.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(["one", "other"], next.Texts.Order());
    }

    [Fact]
    public void Message_that_needs_a_reconnect_waits_for_the_next_generation()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        var adapter = fixture.Attach(generation: 1);
        fixture.Settle();
        adapter.Answer(0, SendResult.NotSent(new SendError(SendErrorKind.Unauthorized, SendRetry.AfterReconnect, "session expired")));
        fixture.Advance(TimeSpan.FromMinutes(30));
        Assert.Single(adapter.Sends);
        fixture.Dispatcher.Detach("a", 1);
        var next = fixture.Attach(generation: 2);
        fixture.Settle();
        Assert.Equal(["one"], next.Texts);
    }

    [Fact]
    public void Message_refused_by_a_retired_guard_goes_to_the_next_generation_without_losing_an_attempt()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        var old = fixture.Attach(generation: 1);
        old.Refuses = true;
        fixture.Until(() => old.Sends.Count == 1);
        fixture.Advance(TimeSpan.FromSeconds(10));
        Assert.Single(old.Sends);
        var next = fixture.Attach(generation: 2);
        fixture.Settle();
        Assert.Equal(1, next.Sends[0].Message.Attempt);
    }

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

    [Theory]
    [InlineData(Idempotency.Native, false, 1, 0)]
    [InlineData(Idempotency.None, false, 0, 1)]
    [InlineData(Idempotency.Native, true, 1, 0)]
    [InlineData(Idempotency.None, true, 0, 1)]
    public void Message_that_was_being_sent_at_a_crash_is_sent_again_only_where_that_is_safe(Idempotency idempotency, bool attachedBeforeLoaded, int sent, int parked)
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
    public void Message_in_doubt_is_parked_once_the_platform_may_have_forgotten_its_key(int minutes, int window, Idempotency idempotency, bool resends, int sent, int parked)
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        var (traits, outbox) = (new AdapterTraits { Idempotency = idempotency, IdempotencySeconds = window }, new OutboxOptions { OnUnknown = resends ? OnUnknown.Resend : OnUnknown.Park });
        var adapter = fixture.Attach(traits: traits, outbox: outbox);
        fixture.Settle();
        adapter.Overdue(0);
        fixture.Dispatcher.Detach("a", 1);
        fixture.Advance(TimeSpan.FromMinutes(minutes));
        var next = fixture.Attach(generation: 2, traits: traits, outbox: outbox);
        fixture.Settle();
        Assert.Equal((sent, parked), (adapter.Sends.Count + next.Sends.Count, (int)fixture.Store.Balance().Outbound.Parked));
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
        Assert.Contains("It may have arrived 60 minutes ago, and the platform remembers its key for 60 minutes only", parked.Error, StringComparison.Ordinal);
        Assert.Single(adapter.Sends);
        fixture.Store.CloseCleanly();
    }

    [Fact]
    public void Rest_of_a_partial_delivery_is_sent_without_what_has_arrived()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "hello 😀 world");
        var adapter = fixture.Attach();
        fixture.Settle();
        // One unit into the pair: the character has not arrived.
        adapter.Answer(0, SendResult.Partial(new Receipt("m1") { DeliveredLength = 7 }, Transient));
        fixture.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal("😀 world", adapter.Sends[1].Message.Text);
        Assert.NotEqual(adapter.Sends[0].Message.Key, adapter.Sends[1].Message.Key);
        adapter.Sent(1);
        Assert.Equal(1, fixture.Store.Balance().Outbound.Delivered);
    }

    [Fact]
    public void Long_text_is_sent_in_pieces_and_a_piece_that_arrived_is_not_repeated()
    {
        using var folder = new StoreFolder();
        var fixture = new DispatchFixture(folder: folder);
        fixture.Owe("e1", "aaaa bbbb cccc", "after");
        var traits = new AdapterTraits { MaxTextLength = 5 };
        var adapter = fixture.Attach(traits: traits);
        fixture.Settle();
        adapter.Sent(0);
        Assert.Equal(["aaaa", "bbbb"], adapter.Texts);
        adapter.Answer(1, SendResult.NotSent(Transient));
        fixture.Store.CloseCleanly();

        fixture = new DispatchFixture(folder: folder);
        fixture.Settle();
        fixture.Advance(TimeSpan.FromSeconds(2));
        var next = fixture.Attach(generation: 2, traits: traits);
        next.Always = SendResult.Sent("m");
        fixture.Settle();
        fixture.Settle();
        Assert.Equal(["bbbb", "cccc", "after"], next.Texts);
        Assert.Equal(adapter.Sends[1].Message.Key, next.Sends[0].Message.Key);
        Assert.Equal(4, adapter.Sends.Concat(next.Sends).Select(s => s.Message.Key).Distinct().Count());
        Assert.Equal(2, fixture.Store.Balance().Outbound.Delivered);
        fixture.Store.CloseCleanly();
    }

    [Fact]
    public void Detached_adapter_gets_nothing_more_and_its_open_send_still_ends()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one", "two");
        var adapter = fixture.Attach(generation: 1);
        fixture.Settle();
        fixture.Dispatcher.Detach("a", 1);
        adapter.Sent(0);
        Assert.Single(adapter.Sends);
        Assert.Equal(1, fixture.Store.Balance().Outbound.Delivered);
        var next = fixture.Attach(generation: 2);
        fixture.Settle();
        Assert.Equal(["two"], next.Texts);
    }

    [Fact]
    public void Chat_waits_for_the_send_of_the_old_generation_before_the_new_one_gets_its_next()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one", "two");
        var old = fixture.Attach(generation: 1);
        fixture.Settle();
        fixture.Dispatcher.Detach("a", 1);
        var next = fixture.Attach(generation: 2);
        fixture.Settle();
        Assert.Empty(next.Sends);
        old.Sent(0);
        Assert.Equal(["two"], next.Texts);
    }

    [Fact]
    public void Declared_rates_are_kept()
    {
        using var fixture = new DispatchFixture();
        fixture.OweIn("1", "e1", "1a", "1b");
        fixture.OweIn("2", "e2", "2a");
        var adapter = fixture.Attach(traits: new AdapterTraits { AccountMessagesPerSecond = 10, ChatMessagesPerSecond = 1 });
        adapter.Always = SendResult.Sent("m");
        fixture.Settle();
        Assert.Equal(["1a"], adapter.Texts);
        fixture.Advance(TimeSpan.FromSeconds(0.11));
        Assert.Equal(["1a", "2a"], adapter.Texts);
        fixture.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(2, adapter.Sends.Count);
        fixture.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(["1a", "2a", "1b"], adapter.Texts);
    }

    [Fact]
    public void Given_up_message_is_parked_and_lets_the_next_one_pass()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "bad");
        var adapter = fixture.Attach();
        adapter.Always = SendResult.NotSent(Transient);
        for (var i = 0; i < RetryPolicy.MaxAttempts; i++) fixture.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(RetryPolicy.MaxAttempts, adapter.Sends.Count);
        Assert.Equal(1, fixture.Store.Balance().Outbound.Parked);
    }

    [Fact]
    public void Later_messages_pass_at_once_where_the_operator_prefers_that()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "bad", "good");
        var adapter = fixture.Attach(outbox: new OutboxOptions { HoldChat = TimeSpan.Zero });
        fixture.Settle();
        adapter.Answer(0, SendResult.NotSent(Transient));
        Assert.Equal(["bad", "good"], adapter.Texts);
        adapter.Sent(1);
        fixture.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(["bad", "good", "bad"], adapter.Texts);
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

    [Fact]
    public void Message_that_is_too_old_is_parked_also_while_its_adapter_is_away()
    {
        using var fixture = new DispatchFixture();
        var adapter = fixture.Attach(outbox: new OutboxOptions { ExpireAfter = TimeSpan.FromHours(1) });
        fixture.Settle();
        fixture.Dispatcher.Detach("a", 1);
        fixture.Owe("e1", "one", "two");
        fixture.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(2, fixture.Store.Balance().Outbound.Pending);
        fixture.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((0, 2), (fixture.Store.Balance().Outbound.Pending, fixture.Store.Balance().Outbound.Parked));
        Assert.Empty(adapter.Sends);
        var next = fixture.Attach(generation: 2);
        fixture.Settle();
        Assert.Empty(next.Sends);
    }

    [Fact]
    public void Message_in_flight_does_not_expire_and_one_that_never_may_does_not_either()
    {
        using var fixture = new DispatchFixture();
        fixture.OweIn("1", "e1", "in flight");
        var adapter = fixture.Attach(outbox: new OutboxOptions { ExpireAfter = TimeSpan.FromHours(1) });
        fixture.Settle();
        fixture.Advance(TimeSpan.FromHours(2));
        adapter.Sent(0);
        Assert.Equal(1, fixture.Store.Balance().Outbound.Delivered);
        fixture.Dispatcher.Detach("a", 1);
        fixture.Attach(generation: 2, outbox: new OutboxOptions { ExpireAfter = TimeSpan.Zero });
        fixture.Dispatcher.Detach("a", 2);
        fixture.OweIn("1", "e2", "waits");
        fixture.Advance(TimeSpan.FromDays(400));
        Assert.Equal(1, fixture.Store.Balance().Outbound.Pending);
    }

    [Fact]
    public void Parts_are_numbered_unless_the_operator_says_no()
    {
        using var fixture = new DispatchFixture();
        var text = string.Join(' ', Enumerable.Repeat("word", 50));
        fixture.OweIn("1", "e1", text);
        var traits = new AdapterTraits { MaxTextLength = 150 };
        var adapter = fixture.Attach(traits: traits);
        adapter.Always = SendResult.Sent("m");
        fixture.Settle();
        Assert.EndsWith(" (1/2)", adapter.Sends[0].Message.Text, StringComparison.Ordinal);
        Assert.EndsWith(" (2/2)", adapter.Sends[1].Message.Text, StringComparison.Ordinal);
        fixture.Dispatcher.Detach("a", 1);
        fixture.OweIn("1", "e2", text);
        var plain = fixture.Attach(generation: 2, traits: traits, outbox: new OutboxOptions { NumberParts = false });
        plain.Always = SendResult.Sent("m");
        fixture.Settle();
        Assert.Equal(text, string.Join(' ', plain.Texts));
    }

    [Fact]
    public void Rate_limit_that_meets_a_part_or_a_given_up_message_holds_its_scope_all_the_same()
    {
        using var fixture = new DispatchFixture();
        fixture.OweIn("1", "e1", "hello world");
        fixture.OweIn("2", "e2", "other");
        var adapter = fixture.Attach(traits: new AdapterTraits { ConcurrentSends = 1 });
        fixture.Settle();
        adapter.Answer(0, SendResult.Partial(new Receipt("m") { DeliveredLength = 6 }, SendError.RateLimited(TimeSpan.FromSeconds(30), RateLimitScope.Account, "slow down")));
        fixture.Advance(TimeSpan.FromSeconds(29));
        Assert.Single(adapter.Sends);
        fixture.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(2, adapter.Sends.Count);
    }

    [Fact]
    public void Rest_of_a_part_that_needs_a_reconnect_waits_for_it()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "hello world");
        var adapter = fixture.Attach();
        fixture.Settle();
        adapter.Answer(0, SendResult.Partial(new Receipt("m") { DeliveredLength = 6 }, new SendError(SendErrorKind.Unauthorized, SendRetry.AfterReconnect, "expired")));
        fixture.Advance(TimeSpan.FromMinutes(10));
        Assert.Single(adapter.Sends);
        fixture.Dispatcher.Detach("a", 1);
        Assert.Equal("world", Next().Sends.Single().Message.Text);

        FakeAdapter Next()
        {
            var next = fixture.Attach(generation: 2);
            fixture.Settle();
            return next;
        }
    }

    [Fact]
    public void Part_that_arrived_is_remembered_when_the_rest_is_rejected()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "hello world", "next");
        var adapter = fixture.Attach();
        fixture.Settle();
        adapter.Answer(0, SendResult.Partial(new Receipt("m") { DeliveredLength = 6 }, new SendError(SendErrorKind.Forbidden, SendRetry.Never, "no")));
        Assert.Equal(1, fixture.Store.Balance().Outbound.Rejected);
        Assert.Equal(["hello world", "next"], adapter.Texts);
    }

    [Fact]
    public void Endless_wait_that_a_plugin_demands_does_not_lose_the_message()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        fixture.OweIn("2", "e2", "other");
        var adapter = fixture.Attach();
        fixture.Settle();
        adapter.Answer(0, SendResult.NotSent(new SendError(SendErrorKind.Transient, SendRetry.After(TimeSpan.MaxValue), "never")));
        adapter.Answer(1, SendResult.NotSent(SendError.RateLimited(TimeSpan.MaxValue, RateLimitScope.Chat, "never")));
        Assert.Equal((0, 2), (fixture.Store.Balance().Outbound.Pending, fixture.Store.Balance().Outbound.Parked));
        Assert.All(fixture.Store.ListOutbox(new([OutboxState.Parked], null, 10)), static entry => Assert.Contains("1 h is the longest that is kept", entry.Error, StringComparison.Ordinal));
    }

    [Fact]
    public void Texts_of_an_error_are_bounded_before_they_are_stored()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        var adapter = fixture.Attach();
        fixture.Settle();
        var huge = new string('x', 1_000_000);
        adapter.Answer(0, SendResult.NotSent(new SendError(SendErrorKind.Transient, SendRetry.Now, huge) { PlatformCode = huge, Hint = huge }));
        Assert.InRange(Assert.Single(fixture.Store.Open()).Error!.Length, 500, 1200);
    }

    [Fact]
    public void Drain_lets_the_open_send_end_and_starts_no_other()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one", "two");
        var adapter = fixture.Attach();
        fixture.Settle();
        fixture.Dispatcher.BeginDrain();
        fixture.Settle();
        Assert.Equal(1, fixture.Snapshot.SendsInFlight);
        adapter.Sent(0);
        Assert.Equal(0, fixture.Snapshot.SendsInFlight);
        Assert.Single(adapter.Sends);
        Assert.False(Assert.Single(fixture.Store.Open()).IsLeased);
    }

    [Fact]
    public void Snapshot_names_when_something_last_went_each_way()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        var adapter = fixture.Attach();
        fixture.Settle();
        fixture.Advance(TimeSpan.FromMinutes(1));
        adapter.Sent(0);
        var queue = Assert.Single(fixture.Snapshot.Adapters);
        Assert.Equal(TimeSpan.FromMinutes(1), queue.LastOutbound - queue.LastInbound);
        Assert.Equal(1, queue.Generation);
    }
}
