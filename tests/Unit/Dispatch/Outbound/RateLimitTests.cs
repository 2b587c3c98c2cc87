using PluginGateway.Loading;

namespace PluginGateway.Tests.Dispatch.Outbound;

/// <summary>Rates that an adapter declares, and those that its platform demands.</summary>
public sealed class RateLimitTests
{
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
    public void Rate_limit_that_meets_a_part_or_a_given_up_message_holds_its_scope_all_the_same()
    {
        using var fixture = new DispatchFixture();
        fixture.OweIn("1", "e1", "hello world");
        fixture.OweIn("2", "e2", "other");
        var adapter = fixture.Attach(traits: new AdapterTraits { ConcurrentSends = 1 });
        fixture.Settle();
        var limited = SendError.RateLimited(TimeSpan.FromSeconds(30), RateLimitScope.Account, "slow down");
        adapter.Answer(0, SendResult.Partial(new Receipt("m") { DeliveredLength = 6 }, limited));
        fixture.Advance(TimeSpan.FromSeconds(29));
        Assert.Single(adapter.Sends);
        fixture.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(2, adapter.Sends.Count);
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
    public void Messages_of_a_group_are_held_for_the_rest_of_the_minute_when_so_many_have_been_sent_and_those_of_a_direct_chat_are_not()
    {
        using var fixture = new DispatchFixture();
        var adapter = fixture.Attach(traits: new AdapterTraits { GroupMessagesPerMinute = 3 });
        adapter.Always = SendResult.Sent("m");
        fixture.OweIn("group", "e1", ChatKind.Group, "1");
        fixture.Settle();
        // The queue of the chat is empty, and its messages count nevertheless.
        fixture.Advance(TimeSpan.FromSeconds(20));
        fixture.OweIn("group", "e2", ChatKind.Group, "2", "3", "4", "5", "6");
        fixture.OweIn("person", "e3", ChatKind.Direct, "a", "b", "c", "d");
        fixture.Settle();
        Assert.Equal(["1", "2", "3"], adapter.Texts.Where(static text => char.IsAsciiDigit(text[0])));
        Assert.Equal(["a", "b", "c", "d"], adapter.Texts.Where(static text => !char.IsAsciiDigit(text[0])));
        fixture.Advance(TimeSpan.FromSeconds(39.9));
        Assert.Equal(7, adapter.Sends.Count);
        fixture.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(["4"], adapter.Texts.Skip(7));
        fixture.Advance(TimeSpan.FromSeconds(19));
        Assert.Equal(8, adapter.Sends.Count);
        fixture.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(["4", "5", "6"], adapter.Texts.Skip(7));
    }

    [Fact]
    public void Every_message_of_a_receipt_counts_for_the_minute_of_a_group()
    {
        using var fixture = new DispatchFixture();
        fixture.OweIn("group", "e1", ChatKind.Group, "album", "next");
        var adapter = fixture.Attach(traits: new AdapterTraits { GroupMessagesPerMinute = 3 });
        fixture.Settle();
        adapter.Answer(0, SendResult.Sent(new Receipt("3") { EarlierParts = ["1", "2"] }));
        fixture.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(["album"], adapter.Texts);
        fixture.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(["album", "next"], adapter.Texts);
    }

    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0, 0.5)]
    public void Edits_with_a_rate_of_their_own_wait_for_one_another_and_nothing_waits_for_them(double account, double chat)
    {
        using var fixture = new DispatchFixture();
        var handler = fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => handler.Turns.Count == 1);
        var turn = handler.Turns[0].Turn;
        var reply = handler.Get(turn.ReplyAsync("reply", CancellationToken.None));
        foreach (var text in (string[])["one", "two"]) handler.Do(turn.EditAsync(reply, new Reply(text), CancellationToken.None));
        handler.Get(turn.ReplyAsync("after", CancellationToken.None));
        handler.Complete(0);
        var adapter = fixture.Attach(
            traits: new AdapterTraits { AccountEditsPerSecond = account, ChatEditsPerSecond = chat }, can: MessageCapabilities.Edit);
        adapter.Always = SendResult.Sent("m");
        fixture.Settle();
        adapter.AnswerAction(0, SendResult.Sent("m"));
        Assert.Equal(["reply", "after"], adapter.Texts);
        fixture.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Equal(["one"], adapter.Edits);
        fixture.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(["one", "two"], adapter.Edits);
    }
}
