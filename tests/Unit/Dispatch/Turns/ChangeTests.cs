using PluginGateway.Access;
using PluginGateway.Configuration.Options;
using PluginGateway.Store.Verbs;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.Turns;

/// <summary>Edits and deletions of messages that wait for their turns, through intake, store and scheduler.</summary>
public sealed class ChangeTests
{
    private static readonly Chat Direct = new("1", ChatKind.Direct);
    private static readonly Chat Group = new("g", ChatKind.Group);
    private static readonly Sender Ann = new("ann");

    [Theory]
    [InlineData(EventKinds.None)]
    [InlineData(EventKinds.All)]
    public void Edit_of_a_message_that_waits_replaces_its_content_and_the_handler_gets_no_edit(EventKinds declared)
    {
        using var fixture = new DispatchFixture();
        var handler = Busy(fixture, declared);
        var attachment = new Attachment("file", AttachmentKind.Image);
        fixture.Accept(Message("e2", "m2", "secnd") with { Quote = new Quote("m0") });
        Assert.Equal(Acceptance.Stored, fixture.Accept(Edit("e3", "m2", "second") with { Attachments = [attachment], Format = TextFormat.Markdown }));
        // What is delivered twice changes nothing, also when another edit came between.
        fixture.Accept(Edit("e4", "m2", "the second"));
        Assert.Equal(Acceptance.Duplicate, fixture.Accept(Edit("e3", "m2", "second")));
        handler.Complete(0);
        var message = Assert.IsType<InboundMessage>(handler.Turns[1].Turn.Event);
        Assert.Equal(("e2", "m2", "the second", "m0"), (message.EventId, message.MessageId, message.Text, message.Quote?.MessageId));
        Assert.Empty(message.Attachments);
        handler.Complete(1);
        Assert.Equal(2, handler.Turns.Count);
        AssertBooks(fixture, accepted: 4, handled: 4);
    }

    [Fact]
    public void Edit_replaces_attachments_and_format()
    {
        using var fixture = new DispatchFixture();
        var handler = Busy(fixture);
        fixture.Accept(Message("e2", "m2", "a"));
        fixture.Accept(Edit("e3", "m2", "*b*") with { Attachments = [new Attachment("file", AttachmentKind.Image)], Format = TextFormat.Markdown });
        handler.Complete(0);
        var message = handler.Turns[1].Turn.Messages.Single();
        Assert.Equal(("file", TextFormat.Markdown, false), (message.Attachments.Single().Reference, message.Format, message.MentionsBot));
        handler.Complete(1);
        AssertBooks(fixture, accepted: 3, handled: 3);
    }

    [Fact]
    public void Edit_of_a_message_whose_turn_has_begun_is_an_event_behind_it()
    {
        using var fixture = new DispatchFixture();
        var handler = Busy(fixture, EventKinds.All);
        fixture.Accept(Edit("e2", "m1", "better"));
        handler.Fail(0);
        fixture.Advance(TimeSpan.FromMinutes(1));
        // Another attempt has the message as it was.
        Assert.Equal("first", handler.Turns[1].Turn.Text);
        handler.Complete(1);
        Assert.Equal("better", Assert.IsType<MessageEdited>(handler.Turns[2].Turn.Event).Text);
        handler.Complete(2);
        AssertBooks(fixture, accepted: 2, handled: 2);
    }

    [Fact]
    public void Edit_of_an_unknown_message_or_by_somebody_else_is_discarded_where_the_handler_does_not_want_it()
    {
        using var fixture = new DispatchFixture();
        var handler = Busy(fixture);
        fixture.Accept(Message("e2", "m2", "second"));
        Assert.Equal(Acceptance.Discarded("unsupported"), fixture.Accept(Edit("e3", "m3", "other")));
        Assert.Equal(Acceptance.Discarded("unsupported"), fixture.Accept(new MessageEdited("e4", Direct, new Sender("ben"), "m2", "forged")));
        Assert.Equal(Acceptance.Discarded("unsupported"), fixture.Accept(new MessageEdited("e5", new Chat("2", ChatKind.Direct), Ann, "m2", "forged")));
        handler.Complete(0);
        Assert.Equal("second", handler.Turns[1].Turn.Text);
        handler.Complete(1);
        AssertBooks(fixture, accepted: 2, handled: 2);
        Assert.Equal(3, fixture.Store.Balance().Inbound.Discarded);
    }

    [Theory]
    [InlineData(EventKinds.None)]
    [InlineData(EventKinds.All)]
    public void Deletion_of_a_message_that_waits_drops_it_and_the_handler_gets_neither(EventKinds declared)
    {
        using var fixture = new DispatchFixture();
        var handler = Busy(fixture, declared);
        fixture.Accept(Message("e2", "m2", "second"));
        fixture.Accept(Message("e3", "m3", "third"));
        Assert.Equal(Acceptance.Stored, fixture.Accept(new MessageDeleted("e4", Direct, null, ["m2", "m2"])));
        fixture.Settle();
        Assert.Equal(2, fixture.Snapshot.PendingMessages);
        handler.Complete(0);
        Assert.Equal("third", handler.Turns[1].Turn.Text);
        handler.Complete(1);
        Assert.Equal(2, handler.Turns.Count);
        AssertBooks(fixture, accepted: 4, handled: 3, dropped: 1);
        var row = fixture.Store.Read(StoreFolder.Patience, static db => OperatorQueries.Inbox(db, new InboxQuery([InboxState.Dropped], null, 10))).Value!.Single();
        Assert.Equal((2, "deleted"), (row.Id, row.Reason));
    }

    [Fact]
    public void Deletion_of_messages_of_which_one_waits_is_an_event_too()
    {
        using var fixture = new DispatchFixture();
        var handler = Busy(fixture, EventKinds.All);
        fixture.Accept(Message("e2", "m2", "second"));
        fixture.Accept(new MessageDeleted("e3", Direct, Ann, ["m1", "m2"]));
        handler.Complete(0);
        Assert.Equal(["m1", "m2"], Assert.IsType<MessageDeleted>(handler.Turns[1].Turn.Event).MessageIds);
        handler.Complete(1);
        AssertBooks(fixture, accepted: 3, handled: 2, dropped: 1);
    }

    /// <summary>The dispatcher has decided to begin the turn when it hears of the change, and the store begins it after the change.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Change_that_is_stored_just_before_the_begin_counts(bool isDeletion)
    {
        using var fixture = new DispatchFixture();
        var handler = Busy(fixture, EventKinds.All);
        fixture.Accept(Message("e2", "m2", "secnd"));
        fixture.Accept(Message("e3", "m3", "third"));
        fixture.Settle();
        handler.End(0);
        var stored = fixture.Inbox().AcceptAsync(
            isDeletion ? new MessageDeleted("e4", Direct, Ann, ["m2"]) : Edit("e4", "m2", "second"), CancellationToken.None);
        StoreFolder.Until(() => stored.IsCompleted);
        fixture.Settle();
        Assert.Equal(isDeletion ? "third" : "second", handler.Turns[1].Turn.Text);
        handler.Complete(1);
        if (!isDeletion) handler.Complete(2);
        Assert.Equal(isDeletion ? 2 : 3, handler.Turns.Count);
        AssertBooks(fixture, accepted: 4, handled: isDeletion ? 3 : 4, dropped: isDeletion ? 1 : 0);
    }

    [Fact]
    public void Changes_hold_over_a_restart_and_one_that_comes_before_the_messages_are_loaded_counts()
    {
        using var folder = new StoreFolder();
        using (var fixture = new DispatchFixture(folder: new StoreFolder(folder.Folder)))
        {
            foreach (var n in (int[])[1, 2, 3, 4]) fixture.Accept(Message($"e{n}", $"m{n}", $"text {n}"));
            fixture.Accept(Edit("e5", "m1", "edited 1"));
            fixture.Accept(new MessageDeleted("e6", Direct, Ann, ["m2"]));
            fixture.Store.Close(StoreFolder.Patience);
        }

        using var next = new DispatchFixture(folder: new StoreFolder(folder.Folder));
        var edited = next.Inbox().AcceptAsync(Edit("e7", "m3", "edited 3"), CancellationToken.None);
        // Both are here before the older ones are loaded.
        _ = next.Inbox().AcceptAsync(Message("e8", "m5", "txet 5"), CancellationToken.None);
        edited = next.Inbox().AcceptAsync(Edit("e9", "m5", "edited 5"), CancellationToken.None);
        StoreFolder.Until(() => edited.IsCompleted);
        var handler = next.AttachHandler();
        handler.EndsAtOnce = true;
        next.Settle();
        Assert.Equal(["edited 1", "edited 3", "text 4", "edited 5"], handler.Texts);
        AssertBooks(next, accepted: 9, handled: 8, dropped: 1);
    }

    [Fact]
    public void Edit_in_one_batch_with_its_message_replaces_its_content()
    {
        using var fixture = new DispatchFixture();
        var handler = Busy(fixture);
        // The first edit makes the writer keep the ids of messages that wait.
        fixture.Accept(Edit("e2", "m9", "unknown"));
        var accepted = fixture.Get(fixture.Inbox().AcceptAsync(
            [Message("e3", "m3", "thrid"), Edit("e4", "m3", "third")], new Dictionary<string, string> { ["cursor"] = "4" }, CancellationToken.None));
        Assert.All(accepted, static one => Assert.Equal(Acceptance.Stored, one));
        handler.Complete(0);
        Assert.Equal("third", handler.Turns[1].Turn.Text);
        handler.Complete(1);
        AssertBooks(fixture, accepted: 3, handled: 3);
        Assert.Equal("4", fixture.Store.State("a", "cursor"));
    }

    [Fact]
    public void Edit_that_gets_no_row_is_taken_where_the_inbox_is_full()
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPending = 2 });
        var handler = Busy(fixture);
        fixture.Accept(Message("e2", "m2", "secnd"));
        Assert.False(fixture.Accept(Message("e3", "m3", "no room")).Acknowledge);
        Assert.Equal(Acceptance.Stored, fixture.Accept(Edit("e4", "m2", "second")));
        handler.Complete(0);
        Assert.Equal("second", handler.Turns[1].Turn.Text);
        handler.Complete(1);
        AssertBooks(fixture, accepted: 3, handled: 3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void In_a_group_that_hears_only_messages_to_the_bot_an_edit_need_not_mention_it_again(bool mentions)
    {
        using var fixture = new DispatchFixture(accessFilter: static (_, _) => new Mentioned());
        var handler = fixture.AttachHandler();
        foreach (var n in (int[])[1, 2]) fixture.Accept(new InboundMessage($"e{n}", Group, Ann, $"bot, {n}") { MentionsBot = true, MessageId = $"m{n}" });
        fixture.Until(() => handler.Turns.Count == 1);
        Assert.Equal(Acceptance.Discarded("notAllowed"), fixture.Accept(new MessageEdited("e3", Group, Ann, "m1", "it has begun")));
        Assert.Equal(Acceptance.Stored, fixture.Accept(new MessageEdited("e4", Group, Ann, "m2", "better") { MentionsBot = mentions }));
        handler.Complete(0);
        Assert.Equal(("better", mentions), (handler.Turns[1].Turn.Text, handler.Turns[1].Turn.Messages.Single().MentionsBot));
    }

    /// <summary>A message of an album that is heard only with another of its turn, until an edit names the bot.</summary>
    [Fact]
    public void Edit_that_names_the_bot_makes_a_held_message_one_to_the_bot()
    {
        using var fixture = new DispatchFixture(accessFilter: static (_, _) => new Mentioned());
        var handler = fixture.AttachHandler();
        fixture.Accept(new InboundMessage("e1", Group, Ann, "look") { GroupId = "album", MessageId = "m1" });
        fixture.Accept(new MessageEdited("e2", Group, Ann, "m1", "bot, look") { MentionsBot = true });
        fixture.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("bot, look", Assert.Single(handler.Turns).Turn.Text);
    }

    [Fact]
    public void Messages_that_are_one_turn_are_changed_one_by_one()
    {
        using var fixture = new DispatchFixture();
        var handler = fixture.AttachHandler();
        foreach (var n in (int[])[1, 2, 3]) fixture.Accept(Message($"e{n}", $"m{n}", $"{n}") with { GroupId = "album" });
        fixture.Accept(Edit("e4", "m3", "three"));
        fixture.Accept(new MessageDeleted("e5", Direct, Ann, ["m1"]));
        fixture.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["2", "three"], Assert.Single(handler.Turns).Turn.Messages.Select(static message => message.Text));
        handler.Complete(0);
        AssertBooks(fixture, accepted: 5, handled: 4, dropped: 1);
    }

    [Fact]
    public void Message_that_is_run_again_for_the_operator_can_be_edited_again()
    {
        using var fixture = new DispatchFixture();
        fixture.Accept(Message("e1", "m1", "text"));
        fixture.Accept(new MessageDeleted("e2", Direct, Ann, ["m1"]));
        fixture.Settle();
        var rows = fixture.Store.Rerun(1);
        fixture.Dispatcher.Resume([rows.Single().Row!]);
        Assert.Equal(Acceptance.Stored, fixture.Accept(Edit("e3", "m1", "edited")));
        var handler = fixture.AttachHandler();
        fixture.Settle();
        Assert.Equal("edited", Assert.Single(handler.Turns).Turn.Text);
        handler.Complete(0);
        AssertBooks(fixture, accepted: 3, handled: 3);
    }

    private static InboundMessage Message(string eventId, string messageId, string text) => new(eventId, Direct, Ann, text) { MessageId = messageId };

    private static MessageEdited Edit(string eventId, string messageId, string text) => new(eventId, Direct, Ann, messageId, text);

    /// <summary>Attaches a handler that answers a first message until its turn is ended.</summary>
    private static FakeHandler Busy(DispatchFixture fixture, EventKinds events = EventKinds.None)
    {
        var handler = fixture.AttachHandler(events: events);
        fixture.Accept(Message("e1", "m1", "first"));
        fixture.Until(() => handler.Turns.Count == 1);
        return handler;
    }

    private static void AssertBooks(DispatchFixture fixture, long accepted, long handled, long dropped = 0)
    {
        fixture.Settle();
        var books = fixture.Store.Balance().Inbound;
        Assert.Equal((accepted, handled, dropped, 0), (books.Accepted, books.Handled, books.Dropped, books.Pending));
        // No room is left taken.
        Assert.Equal((0, 0), (fixture.Intake.Quota.Count, fixture.Intake.Quota.Bytes));
    }

    /// <summary>Admits only messages to the bot.</summary>
    private sealed class Mentioned : IAccessFilter
    {
        public DiscardCause? Judge(string adapterId, InboundEvent e) => e is ContentEvent { MentionsBot: false } ? DiscardCause.NotMentioned : null;

        public void OnAdmitted(string adapterId, InboundEvent e)
        {
        }
    }
}
