using Microsoft.Extensions.Time.Testing;
using PluginGateway.Access;
using PluginGateway.Configuration.Options;
using PluginGateway.Loading;
using PluginGateway.Store;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.Turns;

/// <summary>Sessions and collected messages, through intake, store and scheduler.</summary>
public sealed class SessionTests
{
    private const int Split = 40;
    private static readonly Chat Group = new("g", ChatKind.Group);

    [Fact]
    public void One_persons_turn_waits_for_the_other_of_that_person_and_not_for_anothers()
    {
        using var fixture = new DispatchFixture();
        var handler = fixture.AttachHandler();
        fixture.Accept(Message("e1", "A", "A1"));
        fixture.Accept(Message("e2", "B", "B1"));
        fixture.Accept(Message("e3", "A", "A2"));
        fixture.Settle();
        Assert.Equal(["A1", "B1"], handler.Turns.Select(static call => call.Turn.Text));
        Assert.Equal(["a/g//A", "a/g//B"], handler.Turns.Select(static call => call.Turn.Session));
        Assert.All(handler.Turns, static call => Assert.Equal("a/g", call.Turn.Conversation));
        handler.Complete(0);
        Assert.Equal(["A1", "B1", "A2"], handler.Turns.Select(static call => call.Turn.Text));
    }

    [Fact]
    public void Where_the_chat_is_the_session_one_turn_waits_for_the_other_whoever_writes()
    {
        using var fixture = new DispatchFixture();
        Set(fixture, new ConversationOptions { Scope = SessionScope.Chat });
        var handler = fixture.AttachHandler();
        foreach (var (id, sender) in new[] { ("e1", "A"), ("e2", "B"), ("e3", "A") }) fixture.Accept(Message(id, sender, id));
        for (var i = 0; i < 3; i++)
        {
            fixture.Settle();
            Assert.Equal(i + 1, handler.Turns.Count);
            handler.Complete(i);
        }

        Assert.Equal(["e1", "e2", "e3"], handler.Turns.Select(static call => call.Turn.Text));
    }

    [Fact]
    public void Text_that_the_client_has_split_is_one_turn_that_begins_with_its_shorter_rest()
    {
        using var fixture = new DispatchFixture();
        var handler = Attach(fixture);
        fixture.Accept(Message("e1", "A", new string('a', Split)));
        fixture.Advance(TimeSpan.FromMilliseconds(900));
        fixture.Accept(Message("e2", "A", new string('b', Split)));
        fixture.Advance(TimeSpan.FromMilliseconds(900));
        Assert.Empty(handler.Turns);
        Assert.Equal(2, fixture.Snapshot.HeldMessages);
        fixture.Accept(Message("e3", "A", "end"));
        fixture.Settle();
        Assert.Equal(new string('a', Split) + new string('b', Split) + "end", Assert.Single(handler.Turns).Turn.Text);
        Assert.Equal((3, 0), (handler.Turns[0].Turn.Messages.Count, fixture.Snapshot.HeldMessages));
        handler.Complete(0);
        Assert.Equal((3, 3), (fixture.Store.Balance().Inbound.Accepted, fixture.Store.Balance().Inbound.Handled));
    }

    [Fact]
    public void Held_part_begins_when_its_window_ends_and_at_once_when_something_else_comes_behind_it()
    {
        using var fixture = new DispatchFixture();
        var handler = Attach(fixture);
        fixture.Accept(Picture("e1", "A"));
        fixture.Advance(TimeSpan.FromMilliseconds(1199));
        Assert.Empty(handler.Turns);
        fixture.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Single(handler.Turns);
        handler.Complete(0);
        fixture.Accept(Picture("e2", "A"));
        fixture.Settle();
        Assert.Single(handler.Turns);
        fixture.Accept(Message("e3", "A", "/weather") with { Command = new InvokedCommand("weather", "") });
        fixture.Settle();
        Assert.Equal(2, handler.Turns.Count);
        handler.Complete(1);
        Assert.Equal("/weather", handler.Turns[2].Turn.Text);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public void Album_in_a_group_that_hears_only_messages_to_the_bot_is_one_turn_and_one_without_a_mention_none(int mentioned)
    {
        using var fixture = new DispatchFixture(accessFilter: static (_, _) => new MentionsOnly());
        var handler = Attach(fixture);
        // Behind the first moments, in which the last process may have received a part.
        fixture.Advance(TimeSpan.FromSeconds(5));
        for (var i = 0; i < 5; i++)
        {
            fixture.Accept(Picture($"a{i}", "A") with { MentionsBot = i == mentioned });
            fixture.Accept(Picture($"b{i}", "B"));
        }

        Assert.Equal(AcceptanceKind.Discarded, fixture.Accept(Message("c", "C", "to nobody")).Kind);
        Assert.Empty(handler.Turns);
        fixture.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(5, Assert.Single(handler.Turns).Turn.Messages.Count);
        handler.Complete(0);
        var inbound = fixture.Store.Balance().Inbound;
        Assert.Equal((5, 5, 0), (inbound.Accepted, inbound.Handled, inbound.Pending));
        Assert.Equal(0, fixture.Intake.Quota.Count);
        Assert.True(fixture.Store.Balance().IsExact);
    }

    [Fact]
    public void A_window_that_ends_without_a_mention_is_forgotten_also_while_another_turn_of_the_session_runs()
    {
        using var fixture = new DispatchFixture(accessFilter: static (_, _) => new MentionsOnly());
        Set(fixture, new ConversationOptions { Busy = BusyMode.Collect });
        var handler = Attach(fixture);
        fixture.Accept(Message("e1", "A", "first") with { MentionsBot = true });
        fixture.Settle();
        fixture.Accept(Picture("e2", "A"));
        fixture.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, fixture.Snapshot.PendingMessages);
        fixture.Accept(Message("e3", "A", "second") with { MentionsBot = true });
        handler.Complete(0);
        Assert.Equal("second", Assert.Single(handler.Turns[1].Turn.Messages).Text);
    }

    [Fact]
    public void Messages_that_come_while_a_turn_runs_are_one_turn_where_it_is_set()
    {
        using var fixture = new DispatchFixture();
        Set(fixture, new ConversationOptions { Busy = BusyMode.Collect });
        var handler = fixture.AttachHandler();
        fixture.Accept(Message("e1", "A", "one"));
        fixture.Settle();
        for (var i = 2; i < 5; i++)
        {
            fixture.Accept(Message($"e{i}", "A", $"part {i}"));
            fixture.Advance(TimeSpan.FromMinutes(1));
        }

        handler.Complete(0);
        Assert.Equal("part 2\npart 3\npart 4", handler.Turns[1].Turn.Text);
        handler.Complete(1);
        Assert.Equal(2, handler.Turns.Count);
    }

    [Fact]
    public void Somebody_who_writes_every_half_second_for_a_minute_is_answered_within_five_seconds()
    {
        using var fixture = new DispatchFixture();
        Set(fixture, new ConversationOptions { Collect = TimeSpan.FromMilliseconds(700) });
        var handler = fixture.AttachHandler();
        handler.EndsAtOnce = true;
        for (var i = 0; i < 120; i++)
        {
            fixture.Accept(Message($"e{i}", "A", $"{i}"));
            fixture.Settle();
            Assert.True(handler.Turns.Sum(static call => call.Turn.Messages.Count) >= i - 11, $"message {i} has come");
            fixture.Advance(TimeSpan.FromMilliseconds(500));
        }

        fixture.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Enumerable.Range(0, 120).Select(static i => $"{i}"), handler.Turns.SelectMany(static call => call.Turn.Messages).Select(static m => m.Text));
        Assert.InRange(handler.Turns.Count, 10, 13);
    }

    [Fact]
    public void A_restart_in_a_window_composes_the_same_turn()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        using var folder = new StoreFolder { Clock = clock };
        var fixture = new DispatchFixture(folder: new StoreFolder(folder.Folder) { Clock = clock });
        Attach(fixture);
        fixture.Accept(Message("e1", "A", new string('a', Split)));
        fixture.Accept(Message("e2", "A", new string('b', Split)));
        fixture.Settle();
        fixture.Store.CloseCleanly();
        clock.Advance(TimeSpan.FromMilliseconds(400));
        var next = new DispatchFixture(folder: new StoreFolder(folder.Folder) { Clock = clock });
        // The adapter has not connected yet: what shows that more is coming is in the rows.
        var handler = next.AttachHandler();
        next.Advance(TimeSpan.FromMilliseconds(700));
        Assert.Empty(handler.Turns);
        next.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(2, Assert.Single(handler.Turns).Turn.Messages.Count);
        next.Store.CloseCleanly();
    }

    [Fact]
    public void What_waits_since_before_an_upgrade_is_done_before_the_sessions_of_its_conversation_begin()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        // As the schema step leaves rows that were pending: their session is their conversation.
        foreach (var (text, conversation, session) in new[] { ("old1", "a/g", "a/g"), ("old2", "a/g", "a/g"), ("new", "a/g", "a/g//A"), ("other", "a/h", "a/h//A") })
        {
            var entry = StoreFolder.Entry(text, conversation, text: text) with { Session = session };
            StoreCalls.Wait<Accepted>(done => store.Accept(entry, done));
        }

        store.CloseCleanly();
        using var fixture = new DispatchFixture(folder: new StoreFolder(folder.Folder));
        var handler = fixture.AttachHandler();
        fixture.Until(() => handler.Turns.Count == 2);
        foreach (var done in new[] { "old1", "old2", "new" })
        {
            var place = handler.Turns.ToList().FindIndex(call => call.Turn.Text == done);
            Assert.True(done == "new" || handler.Turns.All(static call => call.Turn.Text != "new"), done);
            handler.Complete(place);
        }

        Assert.Equal(["new", "old1", "old2", "other"], handler.Turns.Select(static call => call.Turn.Text).Order());
    }

    [Fact]
    public void A_reaction_to_a_message_of_ours_goes_to_the_session_of_the_turn_that_sent_it()
    {
        using var fixture = new DispatchFixture();
        var adapter = fixture.Attach();
        var handler = fixture.AttachHandler(events: EventKinds.ReactionChanged);
        fixture.Accept(Message("e1", "A", "one"));
        fixture.Settle();
        handler.Reply(0, "answer");
        handler.Complete(0);
        adapter.Answer(0, SendResult.Sent("m1"));
        fixture.Accept(new ReactionChanged("e2", Group, new Sender("B"), "m1") { Added = [new("x")] });
        fixture.Accept(new ReactionChanged("e3", Group, new Sender("B"), "other") { Added = [new("x")] });
        fixture.Settle();
        Assert.Equal(["a/g//A", "a/g//A", "a/g//B"], handler.Turns.Select(static call => call.Turn.Session));
    }

    [Fact]
    public void A_retry_of_one_session_holds_the_other_one_for_a_while_and_its_own_longer()
    {
        using var fixture = new DispatchFixture();
        var adapter = fixture.Attach();
        var handler = fixture.AttachHandler();
        fixture.Accept(Message("e1", "A", "one"));
        fixture.Accept(Message("e2", "B", "two"));
        fixture.Settle();
        handler.Reply(0, "to A");
        handler.Reply(0, "to A again");
        handler.Reply(1, "to B");
        fixture.Settle();
        adapter.Answer(0, SendResult.NotSent(new SendError(SendErrorKind.Transient, SendRetry.After(TimeSpan.FromSeconds(60)), "later")));
        fixture.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(["to A"], adapter.Texts);
        fixture.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["to A", "to B"], adapter.Texts);
        adapter.Sent(1);
        fixture.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(["to A", "to B"], adapter.Texts);
    }

    private static void Set(DispatchFixture fixture, ConversationOptions options) => fixture.Intake.Judge.ConversationOf = _ => options;

    private static FakeHandler Attach(DispatchFixture fixture)
    {
        fixture.Attach(traits: new AdapterTraits { ClientSplitLength = Split });
        fixture.Settle();
        return fixture.AttachHandler();
    }

    private static InboundMessage Message(string id, string sender, string text) => new(id, Group, new Sender(sender), text);

    private static InboundMessage Picture(string id, string sender) => Message(id, sender, "") with { GroupId = $"album of {sender}" };

    /// <summary>Everybody may speak, and only messages to the bot are heard.</summary>
    private sealed class MentionsOnly : IAccessFilter
    {
        public DiscardCause? Judge(string adapterId, InboundEvent e) => e is ContentEvent { MentionsBot: false } ? DiscardCause.NotMentioned : null;

        public void OnAdmitted(string adapterId, InboundEvent e)
        {
        }
    }
}
