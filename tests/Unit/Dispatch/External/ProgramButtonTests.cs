using PluginGateway.Dispatch.External;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.External;

/// <summary>Buttons of messages of programs, and messages of programs that one person alone may see.</summary>
public sealed class ProgramButtonTests
{
    private static readonly Chat Group = new("#room", ChatKind.Group, "topic"), Elsewhere = new("#room", ChatKind.Group);
    private static readonly Sender Ann = new("ann"), Ben = new("ben");

    private static ButtonSet YesOrNo => new([new Button("y", "Yes") { Style = ButtonStyle.Primary }, new Button("n", "No")]);

    private static Reply Ask => new("Shall I?") { Buttons = YesOrNo };

    [Fact]
    public void A_press_goes_to_the_handler_and_to_programs_once_and_is_shown_in_the_message()
    {
        using var fixture = new DispatchFixture();
        var adapter = fixture.Attach(traits: new AdapterTraits { MaxButtons = 8 }, can: MessageCapabilities.Edit);
        adapter.Always = SendResult.Sent("ours");
        var handler = fixture.AttachHandler(events: EventKinds.All);
        List<MessageEvent> events = [];
        fixture.Dispatcher.Events.Listener = events.Add;
        Assert.Equal((MessageApiOutcome.Owed, 1), Owe(fixture, Ask));
        fixture.Until(() => adapter.Sends.Count == 1);
        fixture.Settle();
        var shown = adapter.Sends[0].Message.Buttons;
        Assert.Equal([("Yes", ButtonStyle.Primary), ("No", ButtonStyle.Default)], shown.Select(static button => (button.Label, button.Style)));
        Assert.All(shown, static button => Assert.Matches("^[A-Za-z0-9_-]{22}$", button.Token));
        Assert.NotEqual(shown[0].Token, shown[1].Token);

        Assert.Equal(AcceptanceKind.Stored, fixture.Accept(new ButtonPressed("p1", Elsewhere, Ben, shown[1].Token)).Kind);
        fixture.Until(() => handler.Turns.Count == 1);
        var button = new PressedButton("n", "No", MessageTarget.Owed("m1"));
        Assert.Equal((button, ConversationKey.Of("a", Group)),
            (Assert.IsType<ButtonPressed>(handler.Turns[0].Turn.Event).Button, handler.Turns[0].Turn.Conversation));
        Assert.Equal(button, Assert.IsType<ButtonPressed>(
            Assert.Single(events, static one => one.Kind == MessageEventKind.Accepted).Received).Button);
        fixture.Until(() => adapter.Actions.Count == 1);
        var edit = Assert.IsType<EditCall>(adapter.Actions[0]).Edit;
        Assert.Equal(("Shall I?\n\n✓ No", 0), (edit.Text, edit.Buttons.Count));
        Assert.Equal(InteractionVerdict.AlreadyTaken, Press(fixture, "p2", Elsewhere, Ann, shown[0].Token));
    }

    [Fact]
    public void A_repeated_request_is_the_same_message_and_one_with_other_buttons_a_conflict()
    {
        using var fixture = new DispatchFixture();
        Assert.Equal((MessageApiOutcome.Owed, 1), Owe(fixture, Ask));
        Assert.Equal((MessageApiOutcome.Known, 1), Owe(fixture, Ask));
        foreach (var other in (ButtonSet?[])[
            null, YesOrNo with { Once = false }, YesOrNo with { ExpiresAfter = TimeSpan.FromHours(1) },
            new([new Button("y", "Yes") { Style = ButtonStyle.Primary }, new Button("no", "No")]),
            new([new Button("y", "Yes"), new Button("n", "No")]),
            new([new Button("y", "Yep") { Style = ButtonStyle.Primary }, new Button("n", "No")])])
            Assert.Equal((MessageApiOutcome.Conflict, 1), Owe(fixture, Ask with { Buttons = other }));
        Assert.Equal(MessageApiOutcome.Owed, Owe(fixture, Ask, key: "k2").Verdict);
        Assert.Equal(4, fixture.Store.Read(StoreFolder.Patience, static db => db.Scalar<long>("SELECT count(*) FROM buttons")).Value);
    }

    /// <summary>The row of the message is forgotten before its buttons expire.</summary>
    [Fact]
    public void A_key_that_is_used_again_has_buttons_of_the_new_message()
    {
        using var fixture = new DispatchFixture(with: static options => options with { KeepSettled = TimeSpan.FromHours(1) });
        var adapter = fixture.Attach(traits: new AdapterTraits { MaxButtons = 8 });
        adapter.Always = SendResult.Sent("ours");
        Assert.Equal((MessageApiOutcome.Owed, 1), Owe(fixture, Ask));
        fixture.Until(() => adapter.Sends.Count == 1);
        fixture.Settle();
        for (var hours = 0; hours < 72 && Messages() > 0; hours += 6) fixture.Advance(TimeSpan.FromHours(6));
        Assert.Equal((MessageApiOutcome.Owed, 2), Owe(fixture, Ask));
        fixture.Until(() => adapter.Sends.Count == 2);
        fixture.Settle();
        Assert.Equal(adapter.Sends[0].Message.Buttons, adapter.Sends[1].Message.Buttons);
        var handler = fixture.AttachHandler(events: EventKinds.All);
        Assert.Equal(InteractionVerdict.Taken, Press(fixture, "p1", Group, Ann, adapter.Sends[1].Message.Buttons[0].Token));
        fixture.Until(() => handler.Turns.Count == 1);
        Assert.Equal(MessageTarget.Owed("m2"), ((ButtonPressed)handler.Turns[0].Turn.Event).Button!.Target);

        long Messages() => fixture.Store.Read(StoreFolder.Patience, static db => db.Scalar<long>("SELECT count(*) FROM outbox")).Value;
    }

    [Fact]
    public void Where_there_are_no_buttons_the_number_of_a_choice_is_a_press()
    {
        using var fixture = new DispatchFixture();
        var adapter = fixture.Attach();
        adapter.Always = SendResult.Sent("ours");
        var handler = fixture.AttachHandler(events: EventKinds.All);
        Owe(fixture, Ask);
        fixture.Until(() => adapter.Sends.Count == 1);
        fixture.Settle();
        Assert.Equal("Shall I?\n\n1. Yes\n2. No", adapter.Sends[0].Message.Text);
        fixture.Accept(new InboundMessage("c1", Group, Ann, "2"));
        fixture.Until(() => handler.Turns.Count == 1);
        Assert.Equal("n", Assert.IsType<ButtonPressed>(handler.Turns[0].Turn.Event).Button!.Id);
    }

    [Fact]
    public void A_message_for_one_person_goes_to_the_direct_chat_and_its_buttons_are_for_this_person()
    {
        using var fixture = new DispatchFixture();
        var adapter = fixture.Attach(traits: new AdapterTraits { PrivateDelivery = PrivateDelivery.DirectChat, MaxButtons = 8 });
        adapter.Always = SendResult.Sent("ours");
        fixture.AttachHandler(events: EventKinds.All).EndsAtOnce = true;
        fixture.Settle();
        Assert.Equal((MessageApiOutcome.Owed, 1), Owe(fixture, Ask with { VisibleTo = Ann }));
        Assert.Equal((MessageApiOutcome.Conflict, 1), Owe(fixture, Ask));
        fixture.Until(() => adapter.Sends.Count == 1);
        fixture.Settle();
        var message = Assert.Single(adapter.Sends).Message;
        var direct = new Chat("ann", ChatKind.Direct);
        Assert.Equal((direct, ChatKind.Direct, Ann), (message.Chat, message.Chat.Kind, message.VisibleTo));
        Assert.Equal(InteractionVerdict.Expired, Press(fixture, "p1", Group, Ann, message.Buttons[0].Token));
        Assert.Equal(InteractionVerdict.NotForYou, Press(fixture, "p2", direct, Ben, message.Buttons[0].Token));
        Assert.Equal(InteractionVerdict.Taken, Press(fixture, "p3", direct, Ann, message.Buttons[0].Token));
    }

    [Fact]
    public void A_message_for_one_person_is_never_public()
    {
        using var fixture = new DispatchFixture();
        var secret = new Reply("secret") { VisibleTo = Ann };
        Assert.Equal((MessageApiOutcome.NotNow, 0), Owe(fixture, secret));
        var unable = fixture.Attach();
        fixture.Settle();
        Assert.Equal((MessageApiOutcome.Unsupported, 0), Owe(fixture, secret));
        fixture.Dispatcher.Detach("a", 1);
        var native = fixture.Attach(generation: 2, traits: new AdapterTraits { PrivateDelivery = PrivateDelivery.Native });
        fixture.Settle();
        Assert.Equal((MessageApiOutcome.Owed, 1), Owe(fixture, secret));
        fixture.Until(() => native.Sends.Count == 1);
        Assert.Equal((Group, Ann), (native.Sends[0].Message.Chat, native.Sends[0].Message.VisibleTo));
        Assert.Empty(unable.Sends);
    }

    [Fact]
    public void With_the_token_of_a_turn_buttons_and_secrets_are_for_its_sender()
    {
        using var fixture = new DispatchFixture();
        var adapter = fixture.Attach(traits: new AdapterTraits { PrivateDelivery = PrivateDelivery.Native, MaxButtons = 8 });
        adapter.Always = SendResult.Sent("ours");
        fixture.AttachHandler(events: EventKinds.All).EndsAtOnce = true;
        fixture.Accept(new InboundMessage("e1", Group, Ann, "hello"));
        fixture.Settle();
        Assert.Equal((MessageApiOutcome.Owed, 1), Owe(fixture, Ask, turn: 1));
        Assert.Equal((MessageApiOutcome.Invalid, 0), Owe(fixture, Ask with { VisibleTo = Ben }, "k2", turn: 1));
        Assert.Equal((MessageApiOutcome.Owed, 2), Owe(fixture, Ask with { VisibleTo = Ann }, "k3", turn: 1));
        Assert.Equal((MessageApiOutcome.NotFound, 0), Owe(fixture, Ask, "k4", turn: 99));
        fixture.Until(() => adapter.Sends.Count == 2);
        fixture.Settle();
        var token = adapter.Sends.Single(static send => send.Message.VisibleTo is null).Message.Buttons[0].Token;
        Assert.Equal(InteractionVerdict.NotForYou, Press(fixture, "p1", Group, Ben, token));
        Assert.Equal(InteractionVerdict.Taken, Press(fixture, "p2", Group, Ann, token));
    }

    [Fact]
    public void Buttons_for_the_sender_of_no_message_are_refused()
    {
        using var fixture = new DispatchFixture();
        var ask = Ask with { Buttons = YesOrNo with { Audience = ButtonAudience.Sender } };
        Assert.Equal((MessageApiOutcome.Invalid, 0), Owe(fixture, ask));
        Assert.Equal(0, fixture.Store.Balance().Outbound.Owed);
    }

    private static InteractionVerdict? Press(DispatchFixture fixture, string id, Chat chat, Sender by, string token) =>
        fixture.Accept(new ButtonPressed(id, chat, by, token)).Answer?.Verdict;

    private static (MessageApiOutcome Verdict, long Id) Owe(DispatchFixture fixture, Reply reply, string key = "k", long turn = 0)
    {
        object? answer = null;
        new MessageApi(fixture.Store, fixture.Dispatcher, static () => ["a"])
            .Enqueue(new MessageApiRequest("a", Group, reply, key, turn), given => answer = given);
        fixture.Until(() => answer is not null);
        var result = (MessageApiResult)answer!;
        return (result.Verdict, result.Id);
    }
}
