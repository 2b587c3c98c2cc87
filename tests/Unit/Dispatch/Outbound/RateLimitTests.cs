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
}
