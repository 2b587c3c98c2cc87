using PluginGateway.Loading;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.Outbound;

/// <summary>Replies that one person alone may see are never shown to others.</summary>
public sealed class PrivateReplyTests
{
    private static readonly Chat Group = new("#group", ChatKind.Group);
    private static readonly Sender Ann = new("ann", "Ann");
    private static readonly Reply Secret = new("secret") { VisibleTo = Ann, ReplyTo = "asked" };

    [Fact]
    public void By_direct_chat_the_reply_goes_to_the_person_and_not_to_the_group()
    {
        using var fixture = new DispatchFixture();
        var adapter = fixture.Attach(traits: new AdapterTraits { PrivateDelivery = PrivateDelivery.DirectChat, MaxButtons = 8 }, can: MessageCapabilities.Delete);
        var handler = Ask(fixture, Group);
        var own = handler.Get(handler.Turns[0].Turn.ReplyAsync(
            Secret with { Buttons = new ButtonSet([new Button("yes", "Yes"), new Button("no", "No")]) }, CancellationToken.None));
        handler.Reply(0, "public");
        // It is a message of another chat than the turn's.
        Assert.Throws<ArgumentException>(
            () => handler.Do(handler.Turns[0].Turn.DeleteAsync(own, CancellationToken.None)));
        handler.Complete(0);
        fixture.Settle();
        var sent = adapter.Sends.Select(static call => call.Message).ToDictionary(static message => message.Text);
        Assert.Equal((new Chat("ann", ChatKind.Direct), ChatKind.Direct, Ann, null),
            (sent["secret"].Chat, sent["secret"].Chat.Kind, sent["secret"].VisibleTo, sent["secret"].ReplyTo));
        Assert.Equal((Group, null), (sent["public"].Chat, sent["public"].VisibleTo));
        var press = new ButtonPressed("p1", new Chat("ann", ChatKind.Direct), Ann, sent["secret"].Buttons[0].Token);
        Assert.Equal(InteractionVerdict.Taken, fixture.Accept(press).Answer?.Verdict);
    }

    [Fact]
    public void A_platform_that_shows_it_to_one_person_gets_the_person_and_the_chat()
    {
        using var fixture = new DispatchFixture();
        var adapter = fixture.Attach(traits: new AdapterTraits { PrivateDelivery = PrivateDelivery.Native });
        var handler = Ask(fixture, Group);
        handler.Get(handler.Turns[0].Turn.ReplyAsync(Secret, CancellationToken.None));
        fixture.Settle();
        var message = Assert.Single(adapter.Sends).Message;
        Assert.Equal((Group, Ann, "asked"), (message.Chat, message.VisibleTo, message.ReplyTo));
    }

    [Fact]
    public void Where_neither_is_possible_the_handler_gets_an_exception_and_nothing_is_sent()
    {
        using var fixture = new DispatchFixture();
        var adapter = fixture.Attach();
        var handler = Ask(fixture, Group);
        var refused = Assert.Throws<NotSupportedException>(
            () => handler.Get(handler.Turns[0].Turn.ReplyAsync(Secret, CancellationToken.None)));
        Assert.Equal("Adapter 'a' cannot send a message that one person alone may see.", refused.Message);
        handler.Complete(0);
        fixture.Settle();
        Assert.Empty(adapter.Sends);
    }

    [Fact]
    public void In_the_persons_own_direct_chat_it_is_a_message_as_any_other()
    {
        using var fixture = new DispatchFixture();
        var adapter = fixture.Attach();
        var handler = Ask(fixture, new Chat("7", ChatKind.Direct));
        handler.Get(handler.Turns[0].Turn.ReplyAsync(Secret, CancellationToken.None));
        fixture.Settle();
        var message = Assert.Single(adapter.Sends).Message;
        Assert.Equal(("7", null, "asked"), (message.Chat.Id, message.VisibleTo, message.ReplyTo));
    }

    [Fact]
    public void Before_the_first_connection_the_turn_waits_and_a_plugin_that_changed_since_does_not_make_it_public()
    {
        using var fixture = new DispatchFixture();
        var handler = Ask(fixture, Group);
        Assert.Throws<RetryLaterException>(() => handler.Get(handler.Turns[0].Turn.ReplyAsync(Secret, CancellationToken.None)));
        var able = fixture.Attach(traits: new AdapterTraits { PrivateDelivery = PrivateDelivery.Native });
        able.Always = SendResult.NotSent(SendError.Unauthorized("reconnect"));
        handler.Complete(0);
        fixture.Accept(new InboundMessage("e2", Group, Ann, "hello again"));
        fixture.Until(() => handler.Turns.Count == 2);
        handler.Get(handler.Turns[1].Turn.ReplyAsync(Secret, CancellationToken.None));
        handler.Complete(1);
        fixture.Until(() => able.Sends.Count == 1);
        fixture.Settle();
        fixture.Dispatcher.Detach("a", 1);
        var unable = fixture.Attach(generation: 2, traits: new AdapterTraits { PrivateDelivery = PrivateDelivery.DirectChat });
        fixture.Until(() => fixture.Store.Balance().Outbound.Rejected == 1);
        Assert.Empty(unable.Sends);
    }

    private static FakeHandler Ask(DispatchFixture fixture, Chat chat)
    {
        var handler = fixture.AttachHandler(events: EventKinds.All);
        fixture.Accept(new InboundMessage("e1", chat, Ann, "hello"));
        fixture.Until(() => handler.Turns.Count == 1);
        return handler;
    }
}
