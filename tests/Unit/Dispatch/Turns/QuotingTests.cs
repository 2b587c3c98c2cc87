using PluginGateway.Configuration.Options;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.Turns;

/// <summary>First replies that quote the message which they answer.</summary>
public sealed class QuotingTests
{
    [Theory]
    [InlineData("Never", ChatKind.Group, null)]
    [InlineData("Auto", ChatKind.Group, "m2")]
    [InlineData("Auto", ChatKind.Direct, null)]
    [InlineData("Auto", ChatKind.Channel, null)]
    [InlineData("Always", ChatKind.Direct, "m2")]
    public void The_first_reply_quotes_the_last_message_of_its_turn_where_it_is_set(string mode, ChatKind kind, string? quoted)
    {
        using var fixture = Create(Enum.Parse<QuoteMode>(mode));
        var (adapter, handler) = (fixture.Attach(), fixture.AttachHandler());
        fixture.Accept(Message(0, kind));
        fixture.Settle();
        for (var i = 1; i < 3; i++) fixture.Accept(Message(i, kind));
        fixture.Settle();
        handler.Complete(0);
        Assert.Equal(2, handler.Turns[1].Turn.Messages.Count);
        handler.Reply(1, "first");
        handler.Reply(1, "second");
        fixture.Settle();
        adapter.Sent(0);
        adapter.Sent(1);
        Assert.Equal([quoted, null], adapter.Sends.Select(static call => call.Message.ReplyTo));
    }

    [Fact]
    public void A_message_that_the_handler_names_is_quoted_and_an_event_is_not()
    {
        using var fixture = Create(QuoteMode.Always);
        var (adapter, handler) = (fixture.Attach(), fixture.AttachHandler(events: EventKinds.ReactionChanged));
        fixture.Accept(Message(0, ChatKind.Group));
        fixture.Accept(new ReactionChanged("e", new Chat("g", ChatKind.Group), new Sender("u"), "m0") { Added = [new("x")] });
        fixture.Settle();
        handler.Do(handler.Turns[0].Turn.FinishAsync(new Reply("named") { ReplyTo = "other" }, CancellationToken.None));
        handler.Complete(0);
        adapter.Sent(0);
        handler.Reply(1, "of the event");
        fixture.Settle();
        adapter.Sent(1);
        Assert.Equal(["other", null], adapter.Sends.Select(static call => call.Message.ReplyTo));
    }

    [Fact]
    public void A_quote_that_is_owed_stays_after_a_restart_with_another_setting()
    {
        using var folder = new StoreFolder();
        var fixture = Create(QuoteMode.Auto, folder.Folder);
        var handler = fixture.AttachHandler();
        fixture.Accept(Message(0, ChatKind.Group));
        fixture.Settle();
        handler.Reply(0, "answer");
        fixture.Store.CloseCleanly();
        var next = Create(QuoteMode.Never, folder.Folder);
        var adapter = next.Attach();
        next.Until(() => adapter.Sends.Count == 1);
        Assert.Equal("m0", adapter.Sends[0].Message.ReplyTo);
        next.Store.CloseCleanly();
    }

    private static DispatchFixture Create(QuoteMode mode, string? folder = null)
    {
        var fixture = folder is null ? new DispatchFixture() : new DispatchFixture(folder: new StoreFolder(folder));
        fixture.Intake.Judge.ConversationOf = _ => new ConversationOptions { Quote = mode, Busy = BusyMode.Collect };
        return fixture;
    }

    private static InboundMessage Message(int number, ChatKind kind) =>
        new($"e{number}", new Chat("g", kind), new Sender("u"), $"{number}") { MessageId = $"m{number}" };
}
