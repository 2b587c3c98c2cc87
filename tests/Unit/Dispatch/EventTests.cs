using PluginGateway.Access;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

/// <summary>Events beside messages: who receives them, in which order, and which are not for the bot.</summary>
public sealed class EventTests
{
    private static readonly Chat Group = new("#room", ChatKind.Group);
    private static readonly Sender Ann = new("ann");
    private readonly DispatchFixture _fixture = new();

    [Fact]
    public void A_kind_that_the_handler_has_not_declared_is_discarded_and_its_state_is_kept()
    {
        using var fixture = _fixture;
        fixture.Attach();
        var handler = fixture.AttachHandler(events: EventKinds.MessageEdited);
        var state = new Dictionary<string, string> { ["cursor"] = "7" };
        Assert.Equal(Acceptance.Discarded("unsupported"), fixture.Accept(new MessageDeleted("e1", Group, Ann, ["m"]) { State = state }));
        Assert.Equal(Acceptance.Stored, fixture.Accept(new MessageEdited("e2", Group, Ann, "m", "better")));
        fixture.Settle();
        Assert.Equal("better", Assert.IsType<MessageEdited>(Assert.Single(handler.Turns).Turn.Event).Text);
        Assert.Equal(1, fixture.Snapshot.Adapters.Single().Discarded["unsupported"]);
        Assert.Equal("7", fixture.Store.State("a", "cursor"));
        Assert.Empty(handler.Turns[0].Turn.Messages);
    }

    /// <summary>An event that comes before its handler is there is kept for it, and ends without a call where the handler turns out not to want
    /// it.</summary>
    [Theory]
    [InlineData(EventKinds.ReactionChanged, 2)]
    [InlineData(EventKinds.None, 1)]
    public void Events_wait_for_their_handler_in_the_order_of_the_conversation(EventKinds declared, int turns)
    {
        using var fixture = _fixture;
        fixture.Attach();
        var direct = new Chat("1", ChatKind.Direct);
        Assert.Equal(Acceptance.Stored, fixture.Accept(new ReactionChanged("e1", direct, Ann, "m") { Added = [new("+1")] }));
        Assert.Equal(Acceptance.Stored, fixture.Accept(new InboundMessage("e2", direct, Ann, "text")));
        var handler = fixture.AttachHandler(events: declared);
        handler.EndsAtOnce = true;
        fixture.Until(() => handler.Turns.Count == turns);
        fixture.Settle();
        Assert.Equal(declared == EventKinds.None ? [typeof(InboundMessage)] : [typeof(ReactionChanged), typeof(InboundMessage)],
            handler.Turns.Select(static call => call.Turn.Event.GetType()));
        var books = fixture.Store.Balance().Inbound;
        Assert.Equal((2, 2, 0), (books.Accepted, books.Handled, books.Pending));
    }

    [Fact]
    public void A_declaration_holds_while_its_handler_is_away()
    {
        using var fixture = _fixture;
        fixture.Attach();
        _ = fixture.AttachHandler();
        fixture.Dispatcher.DetachHandler("handler", 1);
        fixture.Settle();
        Assert.Equal(Acceptance.Discarded("unsupported"), fixture.Accept(new MessageEdited("e1", Group, Ann, "m", "better")));
        fixture.Dispatcher.ForgetHandler("handler");
        Assert.Equal(Acceptance.Stored, fixture.Accept(new MessageEdited("e2", Group, Ann, "m", "better")));
    }

    [Fact]
    public void A_declaration_holds_before_the_first_generation_of_its_handler_runs()
    {
        using var fixture = _fixture;
        fixture.Attach();
        fixture.Dispatcher.Declared.Declare("handler", new() { Events = EventKinds.MessageDeleted });
        Assert.Equal(Acceptance.Discarded("unsupported"), fixture.Accept(new MessageEdited("e1", Group, Ann, "m", "better")));
        Assert.Equal(Acceptance.Stored, fixture.Accept(new MessageDeleted("e2", Group, Ann, ["m"])));
        var handler = fixture.AttachHandler(events: EventKinds.MessageDeleted);
        fixture.Until(() => handler.Turns.Count == 1);
        Assert.IsType<MessageDeleted>(handler.Turns[0].Turn.Event);
    }

    [Fact]
    public void In_a_group_that_is_heard_when_it_mentions_the_bot_only_reactions_to_the_bots_own_messages_are()
    {
        using var fixture = Mentioned();
        var adapter = fixture.Attach();
        adapter.Always = SendResult.Sent(new Receipt("last") { EarlierParts = ["first", "second"] });
        fixture.AttachHandler(generation: 2000, events: EventKinds.All).Always = "an answer";
        Assert.Equal(Acceptance.Stored, fixture.Accept(new InboundMessage("e0", Group, Ann, "bot, hello") { MentionsBot = true }));
        fixture.Until(() => adapter.Sends.Count == 1);
        fixture.Settle();
        adapter.Always = SendResult.Sent("single");
        Assert.Equal(Acceptance.Stored, fixture.Accept(new InboundMessage("e1", Group, Ann, "bot, again") { MentionsBot = true }));
        fixture.Until(() => adapter.Sends.Count == 2);
        fixture.Settle();

        Acceptance React(string eventId, string messageId, Chat? chat = null) =>
            fixture.Accept(new ReactionChanged(eventId, chat ?? Group, Ann, messageId) { Added = [new("+1")] });
        Assert.All(new[] { React("r1", "last"), React("r2", "second"), React("r3", "first"), React("r4", "single") },
            static answer => Assert.Equal(Acceptance.Stored, answer));
        Assert.All(new[] { React("r5", "theirs"), React("r6", "sec"), React("r7", "single", new Chat("#other", ChatKind.Group)) },
            static answer => Assert.Equal(Acceptance.Discarded("notAllowed"), answer));
        // Said again, what was discarded is known.
        Assert.Equal(Acceptance.Duplicate, React("r5", "theirs"));
        fixture.Settle();
        Assert.Equal(3, fixture.Snapshot.Adapters.Single().Discarded["notMentioned"]);
    }

    [Fact]
    public void What_is_about_a_message_of_the_bot_has_the_reference_by_which_the_handler_knows_it()
    {
        using var fixture = _fixture;
        var adapter = fixture.Attach(can: MessageCapabilities.Edit);
        adapter.Always = SendResult.Sent("ours");
        var handler = fixture.AttachHandler(events: EventKinds.All);
        var direct = new Chat("1", ChatKind.Direct);
        fixture.Accept(new InboundMessage("e0", direct, Ann, "hello"));
        fixture.Until(() => handler.Turns.Count == 1);
        var answer = handler.Get(handler.Turns[0].Turn.ReplyAsync("an answer", CancellationToken.None));
        handler.Complete(0);
        fixture.Settle();
        fixture.Accept(new InboundMessage("e1", direct, Ann, "shorter") { Quote = new Quote("ours") { Target = MessageTarget.Owed("m77") } });
        fixture.Accept(new ReactionChanged("e2", direct, Ann, "ours") { Added = [new("+1")] });
        fixture.Accept(new InboundMessage("e3", direct, Ann, "and that") { Quote = new Quote("theirs") { Target = answer } });
        fixture.Until(() => handler.Turns.Count == 2);
        Assert.Equal(answer, handler.Turns[1].Turn.Messages[^1].Quote!.Target);
        handler.Complete(1);
        fixture.Until(() => handler.Turns.Count == 3);
        Assert.Equal(answer, Assert.IsType<ReactionChanged>(handler.Turns[2].Turn.Event).Target);
        handler.Complete(2);
        fixture.Until(() => handler.Turns.Count == 4);
        Assert.Null(handler.Turns[3].Turn.Messages[^1].Quote!.Target);
    }

    [Fact]
    public void What_nobody_is_said_to_have_done_is_taken_only_where_the_bot_has_written()
    {
        using var fixture = Mentioned();
        var adapter = fixture.Attach();
        adapter.Always = SendResult.Sent("ours");
        fixture.AttachHandler(generation: 2000, events: EventKinds.All).Always = "an answer";
        Assert.Equal(Acceptance.Discarded("notAllowed"), fixture.Accept(new MessageDeleted("d1", Group, null, ["theirs"])));
        Assert.Equal(Acceptance.Stored, fixture.Accept(new InboundMessage("e0", Group, Ann, "bot, hello") { MentionsBot = true }));
        fixture.Until(() => adapter.Sends.Count == 1);
        fixture.Settle();
        Assert.Equal(Acceptance.Stored, fixture.Accept(new MessageDeleted("d2", Group, null, ["theirs"])));
        var direct = new Chat("1", ChatKind.Direct);
        Assert.Equal(Acceptance.Discarded("notAllowed"), fixture.Accept(new ReactionChanged("r1", direct, null, "ours") { Added = [new("+1")] }));
        Assert.Equal(Acceptance.Discarded("notAllowed"), fixture.Accept(new ReactionChanged("r2", Group, null, "theirs") { Added = [new("+1")] }));
        Assert.Equal(Acceptance.Stored, fixture.Accept(new ReactionChanged("r3", Group, null, "ours") { Added = [new("+1")] }));
    }

    private static DispatchFixture Mentioned() => new(accessFilter: static (store, clock) => new AccessFilter(
        static _ => PluginGateway.Tests.Access.AccessPolicyTests.Rule("""{ "groups": "mentioned" }"""),
        new PairingRequests(store, static (_, _, _) => { }, clock), clock, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance));
}
