using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

/// <summary>Buttons: what an adapter shows, which presses are taken, and in which form a handler is given them.</summary>
public sealed class ButtonTests
{
    private static readonly Chat Direct = new("1", ChatKind.Direct), Group = new("#room", ChatKind.Group);
    private static readonly Sender Ann = new("ann") { Language = "de-AT" }, Ben = new("ben");
    private readonly DispatchFixture _fixture = new();

    private static ButtonSet YesOrNo => new([new Button("y", "Yes") { Style = ButtonStyle.Primary }, new Button("n", "No")]);

    [Fact]
    public void A_press_is_handled_once_in_its_conversation_and_shown_in_its_message()
    {
        using var fixture = _fixture;
        var adapter = fixture.Attach(traits: new AdapterTraits { MaxButtons = 8 }, can: MessageCapabilities.Edit, answers: true);
        var handler = fixture.AttachHandler(events: EventKinds.All);
        var target = Ask(fixture, handler, adapter, Direct, YesOrNo);
        var shown = adapter.Sends[0].Message.Buttons;
        Assert.Equal([("Yes", ButtonStyle.Primary), ("No", ButtonStyle.Default)], shown.Select(static button => (button.Label, button.Style)));
        Assert.All(shown, static button => Assert.Matches($"^[A-Za-z0-9_-]{{{AdapterTraits.LeastButtonIdBytes}}}$", button.Token));

        var ticket = new Ticket("t1", fixture.Clock.GetUtcNow().AddMinutes(1));
        var taken = fixture.Accept(new ButtonPressed("p1", Direct, Ann, shown[0].Token) { MessageId = "ours", Ticket = ticket });
        Assert.Equal((AcceptanceKind.Stored, new InteractionAnswer(InteractionVerdict.Taken, null)), (taken.Kind, taken.Answer));
        fixture.Until(() => handler.Turns.Count == 2);
        var press = Assert.IsType<ButtonPressed>(handler.Turns[1].Turn.Event);
        Assert.Equal((new PressedButton("y", "Yes", target), handler.Turns[0].Turn.Conversation, "ours"),
            (press.Button, handler.Turns[1].Turn.Conversation, press.MessageId));
        Assert.Equal([ticket], adapter.Answers.Select(static answer => answer.Ticket));

        // The message says what was pressed, and has no buttons any more.
        fixture.Until(() => adapter.Actions.Count == 1);
        var edit = Assert.IsType<EditCall>(adapter.Actions[0]).Edit;
        Assert.Equal(("Shall I?\n\n✓ Yes", 0), (edit.Text, edit.Buttons.Count));
        adapter.AnswerAction(0, SendResult.Sent("ours"));

        // The same event, the other button, and the first again.
        Assert.Equal(AcceptanceKind.Duplicate, fixture.Accept(new ButtonPressed("p1", Direct, Ann, shown[0].Token)).Kind);
        var again = fixture.Accept(new ButtonPressed("p2", Direct, Ann, shown[1].Token) { Ticket = ticket with { Value = "t2" } });
        Assert.Equal((AcceptanceKind.Discarded, "notTaken", InteractionVerdict.AlreadyTaken, "Das wurde schon beantwortet."),
            (again.Kind, again.Reason, again.Answer!.Verdict, again.Answer.Text));
        fixture.Until(() => adapter.Answers.Count == 2);
        Assert.Equal(again.Answer, adapter.Answers[1].Answer);
        handler.Complete(1);
        Assert.Equal(1, fixture.Snapshot.Adapters.Single().Discarded["pressTaken"]);
        var books = fixture.Store.Balance();
        Assert.Equal((2, 2, 2, 2), (books.Inbound.Accepted, books.Inbound.Handled, books.Outbound.Owed, books.Outbound.Delivered));
    }

    [Fact]
    public void A_forged_a_forwarded_a_foreign_and_an_expired_button_are_answered_and_start_no_turn()
    {
        using var fixture = _fixture;
        var adapter = fixture.Attach(traits: new AdapterTraits { MaxButtons = 8 });
        fixture.Attach("b");
        var handler = fixture.AttachHandler(events: EventKinds.All);
        Ask(fixture, handler, adapter, Group, YesOrNo with { ExpiresAfter = TimeSpan.FromHours(1) });
        var token = adapter.Sends[0].Message.Buttons[0].Token;
        var number = 0;

        InteractionVerdict? Press(string pressed, Chat? chat = null, Sender? by = null, string adapterId = "a") =>
            fixture.Accept(new ButtonPressed($"p{number++}", chat ?? Group, by ?? Ann, pressed), adapterId).Answer?.Verdict;
        Assert.Equal(InteractionVerdict.Expired, Press("no token of ours"));
        Assert.Equal(InteractionVerdict.Expired, Press(token, new Chat("#other", ChatKind.Group)));
        Assert.Equal(InteractionVerdict.Expired, Press(token, adapterId: "b"));
        // In a group the buttons are for whom the turn answered.
        Assert.Equal(InteractionVerdict.NotForYou, Press(token, by: Ben));
        fixture.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(InteractionVerdict.Expired, Press(token));
        fixture.Settle();
        Assert.Single(handler.Turns);
        var discarded = fixture.Snapshot.Adapters.Single(static one => one.AdapterId == "a").Discarded;
        Assert.Equal((3, 1), (discarded["pressExpired"], discarded["pressNotForYou"]));
    }

    [Fact]
    public void A_menu_is_pressed_again_and_by_everyone_and_keeps_its_buttons_in_an_edit()
    {
        using var fixture = _fixture;
        var adapter = fixture.Attach(traits: new AdapterTraits { MaxButtons = 8 }, can: MessageCapabilities.Edit);
        var handler = fixture.AttachHandler(events: EventKinds.All);
        var target = Ask(fixture, handler, adapter, Group, YesOrNo with { Once = false, Audience = ButtonAudience.Everyone });
        var shown = adapter.Sends[0].Message.Buttons;
        Assert.Equal(AcceptanceKind.Stored, fixture.Accept(new ButtonPressed("p1", Group, Ann, shown[0].Token)).Kind);
        Assert.Equal(AcceptanceKind.Stored, fixture.Accept(new ButtonPressed("p2", Group, Ben, shown[0].Token)).Kind);
        fixture.Until(() => handler.Turns.Count == 2);
        handler.Do(handler.Turns[1].Turn.EditAsync(target, new Reply("Pressed."), CancellationToken.None));
        fixture.Until(() => adapter.Actions.Exists(static call => ((EditCall)call).Edit.Text == "Pressed."));
        Assert.Equal(shown, ((EditCall)adapter.Actions.Single(static call => ((EditCall)call).Edit.Text == "Pressed.")).Edit.Buttons);
    }

    [Fact]
    public void A_handler_that_has_not_declared_presses_is_given_the_label_as_a_message()
    {
        using var fixture = _fixture;
        var adapter = fixture.Attach(traits: new AdapterTraits { MaxButtons = 8 });
        var handler = fixture.AttachHandler();
        var target = Ask(fixture, handler, adapter, Direct, YesOrNo);
        fixture.Accept(new ButtonPressed("p1", Direct, Ann, adapter.Sends[0].Message.Buttons[1].Token));
        fixture.Until(() => handler.Turns.Count == 2);
        Assert.Equal(("No", new PressedButton("n", "No", target)), (handler.Turns[1].Turn.Messages[^1].Text, handler.Turns[1].Turn.Messages[^1].Button));
    }

    /// <summary>Without buttons the choices are a list in the text, and its number a press: as an answer to the list, or as the next message while
    /// nothing else of the bot came between.</summary>
    [Fact]
    public void Where_there_are_no_buttons_the_number_of_a_choice_is_a_press()
    {
        using var fixture = _fixture;
        var adapter = fixture.Attach();
        var handler = fixture.AttachHandler(events: EventKinds.All);
        Ask(fixture, handler, adapter, Direct, YesOrNo with { Once = false });
        Assert.Equal(("Shall I?\n\n1. Yes\n2. No", 0), (adapter.Sends[0].Message.Text, adapter.Sends[0].Message.Buttons.Count));
        Assert.Equal(Acceptance.Stored, fixture.Accept(new InboundMessage("c1", Direct, Ann, " 2 ")));
        fixture.Until(() => handler.Turns.Count == 2);
        Assert.Equal("n", Assert.IsType<ButtonPressed>(handler.Turns[1].Turn.Event).Button!.Id);

        handler.Complete(1);

        // A number that is none of the choices, one of another chat, and a sentence are messages.
        handler.EndsAtOnce = true;
        Assert.Equal(["3", "1", "1 apple"], new[] { ("3", Direct), ("1", new Chat("2", ChatKind.Direct)), ("1 apple", Direct) }.Select(Say));
        // Something else of the bot stands between, unless the list is what is answered.
        handler.Always = "apples";
        Assert.Equal("and?", Say(("and?", Direct)));
        handler.Always = null;
        Assert.Equal("1", Say(("1", Direct)));
        fixture.Accept(new InboundMessage("c9", Direct, Ann, "1") { Quote = new Quote("ours") });
        fixture.Until(() => handler.Turns.Count == 8);
        Assert.Equal("y", Assert.IsType<ButtonPressed>(handler.Turns[7].Turn.Event).Button!.Id);

        string Say((string Text, Chat Chat) said)
        {
            var before = handler.Turns.Count;
            fixture.Accept(new InboundMessage($"m{before}", said.Chat, Ann, said.Text));
            fixture.Until(() => handler.Turns.Count == before + 1);
            fixture.Settle();
            adapter.Always = SendResult.Sent("other");
            return handler.Turns[before].Turn.Messages[^1].Text;
        }
    }

    [Fact]
    public void An_answer_that_comes_too_late_and_one_too_many_are_left_out()
    {
        using var fixture = _fixture;
        var adapter = fixture.Attach(answers: true);
        adapter.KeepsAnswers = true;
        fixture.AttachHandler().EndsAtOnce = true;
        Accept("late", fixture.Clock.GetUtcNow());
        Assert.Empty(adapter.Answers);
        for (var i = 0; i < 70; i++) Accept($"t{i}", fixture.Clock.GetUtcNow().AddMinutes(1));
        fixture.Until(() => adapter.Answers.Count == 64);
        fixture.Settle();
        Assert.Equal(64, adapter.Answers.Count);
        Assert.Equal(fixture.Clock.GetUtcNow().AddSeconds(5), adapter.Answers[0].Deadline);
        // Nothing else waits for them.
        Assert.Equal(71, fixture.Store.Balance().Inbound.Handled);

        void Accept(string ticket, DateTimeOffset until)
        {
            var message = new InboundMessage(ticket, Direct, Ann, "hello") { Ticket = new Ticket(ticket, until) };
            Assert.Equal(Acceptance.Stored, fixture.Accept(message));
            fixture.Settle();
        }
    }

    [Fact]
    public void Buttons_that_have_expired_are_forgotten()
    {
        using var fixture = _fixture;
        var adapter = fixture.Attach(traits: new AdapterTraits { MaxButtons = 8 });
        Ask(fixture, fixture.AttachHandler(events: EventKinds.All), adapter, Direct, YesOrNo);
        Assert.Equal(2, Buttons());
        for (var hours = 0; hours < 8 * 24 && Buttons() > 0; hours += 6) fixture.Advance(TimeSpan.FromHours(6));
        Assert.Equal(0, Buttons());

        long Buttons() => fixture.Store.Read(StoreFolder.Patience, static db => db.Scalar<long>("SELECT count(*) FROM buttons")).Value;
    }

    private static MessageTarget Ask(DispatchFixture fixture, FakeHandler handler, FakeAdapter adapter, Chat chat, ButtonSet buttons)
    {
        fixture.Accept(new InboundMessage("e0", chat, Ann, "hello") { MentionsBot = true });
        fixture.Until(() => handler.Turns.Count == 1);
        adapter.Always = SendResult.Sent("ours");
        var target = handler.Get(handler.Turns[0].Turn.ReplyAsync(new Reply("Shall I?") { Buttons = buttons }, CancellationToken.None));
        handler.Complete(0);
        fixture.Until(() => adapter.Sends.Count == 1);
        fixture.Settle();
        return target;
    }
}
