using Microsoft.Extensions.Time.Testing;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch.Outbound;
using PluginGateway.Store.Verbs;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.Outbound;

/// <summary>What becomes of a message that was not sent: tried again, passed by others, rejected, parked or expired.</summary>
public sealed class RetryTests
{
    private static readonly SendError Transient = new(SendErrorKind.Transient, SendRetry.WithBackoff, "connection refused");

    /// <summary>The clock was ahead when it was owed, and has been set back: it would not get old for as long as it was ahead.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Message_that_is_owed_since_a_time_in_the_future_gets_old_from_now_on(bool wasTried)
    {
        using var folder = new StoreFolder();
        var start = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        using var ahead = new StoreFolder(folder.Folder) { Clock = new FakeTimeProvider(start.AddDays(30)) };
        var store = ahead.Open();
        var row = store.Owe(store.Stored("e1"), 0).Row!;
        store.CloseCleanly();
        var now = new FakeTimeProvider(start);
        if (wasTried)
        {
            // What is written down of it then holds in the next process too.
            var retried = new StoreFolder(folder.Folder) { Clock = now }.Open();
            retried.Lease(row.Id);
            Assert.True(StoreCalls.Wait<bool>(done => retried.Reschedule(row.Id, start, false, "not sent", done)).Value);
            retried.CloseCleanly();
            now.Advance(TimeSpan.FromHours(2));
        }

        using var fixture = new DispatchFixture(folder: new StoreFolder(folder.Folder) { Clock = now });
        var adapter = fixture.Attach(outbox: new OutboxOptions { ExpireAfter = TimeSpan.FromHours(1) });
        adapter.Always = SendResult.NotSent(SendError.RateLimited(TimeSpan.FromMinutes(50), RateLimitScope.Chat, "slow down"));
        fixture.Settle();
        Assert.Equal((wasTried ? 0 : 1, wasTried ? 1 : 0), (adapter.Sends.Count, (int)fixture.Store.Balance().Outbound.Parked));
        fixture.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(1, fixture.Store.Balance().Outbound.Parked);
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
        Assert.All(fixture.Store.ListOutbox(new([OutboxState.Parked], null, 10)), static entry =>
            Assert.Contains("1 h is the longest that is kept", entry.Error, StringComparison.Ordinal));
    }

    [Fact]
    public void Texts_of_an_error_are_bounded_before_they_are_stored()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        var adapter = fixture.Attach();
        fixture.Settle();
        var huge = new string('x', 1_000_000);
        adapter.Answer(0, SendResult.NotSent(new SendError(SendErrorKind.Transient, SendRetry.WithBackoff, huge) { PlatformCode = huge, Hint = huge }));
        Assert.InRange(Assert.Single(fixture.Store.Open()).Error!.Length, 500, 1200);
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
}
