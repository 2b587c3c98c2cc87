using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Store;
using PluginGateway.Store.Verbs;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

public sealed class ActionTests
{
    private const MessageCapabilities All = MessageCapabilities.Edit | MessageCapabilities.Delete | MessageCapabilities.React;

    private static readonly SendError Transient = new(SendErrorKind.Transient, SendRetry.WithBackoff, "connection refused");

    [Fact]
    public void Edit_of_a_reply_that_is_not_sent_yet_waits_for_it_and_names_it_as_the_platform_does()
    {
        using var fixture = new DispatchFixture();
        var handler = Turn(fixture);
        var draft = handler.Get(handler.Turns[0].Turn.ReplyAsync("draft", CancellationToken.None));
        handler.Do(handler.Turns[0].Turn.EditAsync(draft, new Reply("*done*") { Format = TextFormat.Markdown }, CancellationToken.None));
        handler.Complete(0);
        var adapter = fixture.Attach(can: All);
        fixture.Settle();
        Assert.Equal(["draft"], adapter.Texts);
        Assert.Empty(adapter.Actions);
        adapter.Answer(0, SendResult.Sent("platform-7"));
        var edit = Assert.IsType<EditCall>(Assert.Single(adapter.Actions)).Edit;
        Assert.Equal(("platform-7", "1", "*done*", TextFormat.Markdown), (edit.Message.MessageId, edit.Message.Chat.Id, edit.Text, edit.Format));
        adapter.AnswerAction(0, SendResult.Sent("platform-7"));
        AssertBalance(fixture, owed: 2, delivered: 2);
    }

    [Fact]
    public void Edit_waits_while_its_message_waits_and_holds_nobody_else()
    {
        using var fixture = new DispatchFixture();
        var handler = Turn(fixture);
        var turn = handler.Turns[0].Turn;
        var first = handler.Get(turn.ReplyAsync("first", CancellationToken.None));
        handler.Do(turn.DeleteAsync(first, CancellationToken.None));
        handler.Get(turn.ReplyAsync("second", CancellationToken.None));
        handler.Complete(0);
        var adapter = fixture.Attach(can: All, outbox: new OutboxOptions { HoldChat = TimeSpan.FromSeconds(10) });
        fixture.Settle();
        adapter.Answer(0, SendResult.NotSent(new SendError(SendErrorKind.Transient, SendRetry.After(TimeSpan.FromMinutes(5)), "later")));
        fixture.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(["first", "second"], adapter.Texts);
        adapter.Sent(1);
        fixture.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(adapter.Actions);
        fixture.Advance(TimeSpan.FromMinutes(5));
        adapter.Answer(2, SendResult.Sent("late"));
        Assert.Equal("late", Assert.IsType<DeleteCall>(Assert.Single(adapter.Actions)).Deletion.Message.MessageId);
    }

    [Fact]
    public void Reaction_to_the_message_of_the_turn_goes_to_the_platforms_id_and_an_unknown_outcome_is_tried_again()
    {
        using var fixture = new DispatchFixture();
        var handler = Turn(fixture);
        handler.Do(handler.Turns[0].Turn.ReactAsync(MessageTarget.OnPlatform("theirs"), "+1", CancellationToken.None));
        handler.Complete(0);
        var adapter = fixture.Attach(can: All, traits: new AdapterTraits { Idempotency = Idempotency.None });
        fixture.Settle();
        var began = fixture.Clock.GetUtcNow();
        adapter.OverdueAction(0);
        fixture.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2, adapter.Actions.Count);
        var reaction = Assert.IsType<ReactCall>(adapter.Actions[1]).Reaction;
        Assert.Equal(("theirs", "+1"), (reaction.Message.MessageId, reaction.Emoji));
        var first = Assert.IsType<ReactCall>(adapter.Actions[0]).Reaction;
        Assert.Equal((1, began.AddSeconds(15)), (first.Attempt, first.Deadline));
        Assert.Equal((2, first.Key), (reaction.Attempt, reaction.Key));
        adapter.AnswerAction(1, SendResult.NotSent(new SendError(SendErrorKind.Forbidden, SendRetry.Never, "not here")));
        AssertBalance(fixture, owed: 1, rejected: 1);
    }

    [Fact]
    public void Deletion_takes_away_every_part_and_goes_on_where_it_was_interrupted()
    {
        using var fixture = new DispatchFixture();
        var handler = Turn(fixture);
        var parts = handler.Get(handler.Turns[0].Turn.ReplyAsync("one two three", CancellationToken.None));
        handler.Do(handler.Turns[0].Turn.DeleteAsync(parts, CancellationToken.None));
        handler.Complete(0);
        var adapter = fixture.Attach(can: All, traits: new AdapterTraits { MaxTextLength = 5 });
        fixture.Settle();
        adapter.Answer(0, SendResult.Sent("p1"));
        adapter.Answer(1, SendResult.Sent(new Receipt("p3") { EarlierParts = ["p2"] }));
        adapter.Answer(2, SendResult.Sent("p4"));
        adapter.AnswerAction(0, SendResult.Sent("p1"));
        adapter.AnswerAction(1, SendResult.NotSent(Transient));
        fixture.Advance(TimeSpan.FromSeconds(2));
        for (var i = 2; i <= 4; i++) adapter.AnswerAction(i, SendResult.Sent("gone"));
        var deletions = adapter.Actions.Select(static call => ((DeleteCall)call).Deletion).ToArray();
        Assert.Equal(["p1", "p2", "p2", "p3", "p4"], deletions.Select(static deletion => deletion.Message.MessageId));
        Assert.Equal((deletions[1].Key, 4), (deletions[2].Key, deletions.DistinctBy(static deletion => deletion.Key).Count()));
        AssertBalance(fixture, owed: 2, delivered: 2);
    }

    [Fact]
    public void Edit_that_cannot_be_made_is_rejected_with_the_reason()
    {
        using var fixture = new DispatchFixture();
        var handler = Turn(fixture);
        var turn = handler.Turns[0].Turn;
        var parts = handler.Get(turn.ReplyAsync("one two three", CancellationToken.None));
        handler.Do(turn.EditAsync(parts, new Reply("x"), CancellationToken.None));
        handler.Do(turn.EditAsync(MessageTarget.OnPlatform("p"), new Reply("longer than 5"), CancellationToken.None));
        handler.Complete(0);
        var adapter = fixture.Attach(can: All, traits: new AdapterTraits { MaxTextLength = 5 });
        adapter.Always = SendResult.Sent("p");
        fixture.Until(() => fixture.Store.Balance().Outbound.Rejected == 2);
        Assert.Empty(adapter.Actions);
        Assert.Collection(
            Errors(fixture, OutboxState.Rejected),
            static error => Assert.Contains("in 3 parts", error, StringComparison.Ordinal),
            static error => Assert.Contains("TooLong: the new text is longer", error, StringComparison.Ordinal));
        AssertBalance(fixture, owed: 3, delivered: 1, rejected: 2);
    }

    [Fact]
    public void Edit_beyond_the_number_that_the_platform_takes_is_rejected_and_one_that_it_has_not_taken_does_not_count()
    {
        using var fixture = new DispatchFixture();
        var handler = Turn(fixture);
        var turn = handler.Turns[0].Turn;
        var draft = handler.Get(turn.ReplyAsync("draft", CancellationToken.None));
        var other = handler.Get(turn.ReplyAsync("other", CancellationToken.None));
        foreach (var text in (string[])["one", "two", "three", "four"]) handler.Do(turn.EditAsync(draft, new Reply(text), CancellationToken.None));
        handler.Do(turn.EditAsync(other, new Reply("first of another"), CancellationToken.None));
        handler.Complete(0);
        var adapter = fixture.Attach(can: All, traits: new AdapterTraits { MaxEdits = 2 });
        adapter.Always = SendResult.Sent("p");
        fixture.Settle();
        adapter.AnswerAction(0, SendResult.NotSent(new SendError(SendErrorKind.InvalidMessage, SendRetry.Never, "no")));
        adapter.AnswerAction(1, SendResult.Sent("p"));
        adapter.AnswerAction(2, SendResult.Sent("p"));
        fixture.Until(() => adapter.Actions.Count == 4);
        adapter.AnswerAction(3, SendResult.Sent("p"));
        Assert.Equal(["one", "two", "three", "first of another"], adapter.Edits);
        Assert.Equal(
            "TooManyEdits: the platform takes 2 edits of a message, and has taken 2 of this one; send the text as a message of its own.",
            Errors(fixture, OutboxState.Rejected).Last());
        AssertBalance(fixture, owed: 7, delivered: 5, rejected: 2);
    }

    [Fact]
    public void Edit_of_a_message_that_is_too_old_for_the_platform_is_rejected_with_both_times()
    {
        using var fixture = new DispatchFixture();
        var handler = Turn(fixture);
        var draft = handler.Get(handler.Turns[0].Turn.ReplyAsync("draft", CancellationToken.None));
        var adapter = fixture.Attach(can: All, traits: new AdapterTraits { EditWindowSeconds = 900 });
        adapter.Always = SendResult.Sent("p");
        fixture.Settle();
        fixture.Advance(TimeSpan.FromMinutes(14));
        handler.Do(handler.Turns[0].Turn.EditAsync(draft, new Reply("in time"), CancellationToken.None));
        fixture.Until(() => adapter.Actions.Count == 1);
        adapter.AnswerAction(0, SendResult.Sent("p"));
        fixture.Advance(TimeSpan.FromMinutes(2));
        handler.Do(handler.Turns[0].Turn.EditAsync(draft, new Reply("too late"), CancellationToken.None));
        handler.Complete(0);
        Assert.Equal(["in time"], adapter.Edits);
        Assert.Equal(
            "TooManyEdits: the message was delivered 960 s ago, and the platform takes edits for 900 s; send the text as a message of its own.",
            Assert.Single(Errors(fixture, OutboxState.Rejected)));
        AssertBalance(fixture, owed: 3, delivered: 2, rejected: 1);
    }

    [Fact]
    public void Action_about_a_parked_message_is_parked_with_it_and_both_can_be_sent_again()
    {
        using var fixture = new DispatchFixture();
        var handler = Turn(fixture);
        var draft = handler.Get(handler.Turns[0].Turn.ReplyAsync("draft", CancellationToken.None));
        handler.Do(handler.Turns[0].Turn.EditAsync(draft, new Reply("done"), CancellationToken.None));
        handler.Complete(0);
        var adapter = fixture.Attach(can: All);
        fixture.Settle();
        adapter.Overdue(0);
        AssertBalance(fixture, owed: 2, parked: 2);
        fixture.Dispatcher.Resume([
            .. fixture.Store.Resend([.. fixture.Store.ListOutbox(new([OutboxState.Parked], null, 10)).Select(static entry => entry.Id)])
                .Select(static one => one.Row).OfType<OutboxRow>()]);
        fixture.Settle();
        adapter.Answer(1, SendResult.Sent("p"));
        adapter.AnswerAction(0, SendResult.Sent("p"));
        AssertBalance(fixture, owed: 2, delivered: 2);
    }

    [Fact]
    public void Action_about_a_rejected_message_is_rejected()
    {
        using var fixture = new DispatchFixture();
        var handler = Turn(fixture);
        var draft = handler.Get(handler.Turns[0].Turn.ReplyAsync("draft", CancellationToken.None));
        handler.Do(handler.Turns[0].Turn.DeleteAsync(draft, CancellationToken.None));
        handler.Complete(0);
        var adapter = fixture.Attach(can: All);
        fixture.Settle();
        adapter.Answer(0, SendResult.NotSent(new SendError(SendErrorKind.Forbidden, SendRetry.Never, "no")));
        AssertBalance(fixture, owed: 2, rejected: 2);
    }

    [Fact]
    public void What_the_adapter_cannot_do_is_refused_at_once_and_before_its_first_connection_rejected_at_delivery()
    {
        using var fixture = new DispatchFixture();
        var handler = Turn(fixture);
        handler.Do(handler.Turns[0].Turn.ReactAsync(MessageTarget.OnPlatform("theirs"), "+1", CancellationToken.None));
        handler.Complete(0);
        fixture.Attach(can: MessageCapabilities.Edit);
        fixture.Settle();
        Assert.Contains("cannot react", Assert.Single(Errors(fixture, OutboxState.Rejected)), StringComparison.Ordinal);

        fixture.Accept(DispatchFixture.Message("e2"));
        fixture.Until(() => handler.Turns.Count == 2);
        var turn = handler.Turns[1].Turn;
        Assert.Equal(MessageCapabilities.Edit, turn.Capabilities);
        Assert.Throws<NotSupportedException>(() => handler.Do(turn.ReactAsync(MessageTarget.OnPlatform("theirs"), "+1", CancellationToken.None)));
        Assert.Throws<ArgumentException>(() => handler.Do(turn.EditAsync(MessageTarget.Owed("m999"), new Reply("x"), CancellationToken.None)));
        Assert.Throws<ArgumentException>(() => handler.Do(turn.EditAsync(MessageTarget.Owed("12"), new Reply("x"), CancellationToken.None)));
        Assert.Throws<ArgumentException>(
            () => handler.Do(turn.EditAsync(MessageTarget.OnPlatform("p"), new Reply("x") { ReplyTo = "y" }, CancellationToken.None)));
        AssertBalance(fixture, owed: 1, rejected: 1);
    }

    [Fact]
    public void Turn_that_runs_again_owes_its_actions_once_and_they_keep_their_keys()
    {
        using var fixture = new DispatchFixture();
        var handler = Turn(fixture);
        var draft = handler.Get(handler.Turns[0].Turn.ReplyAsync("draft", CancellationToken.None));
        handler.Do(handler.Turns[0].Turn.EditAsync(draft, new Reply("done"), CancellationToken.None));
        handler.Fail(0);
        fixture.Advance(TimeSpan.FromSeconds(2));
        var again = handler.Get(handler.Turns[1].Turn.ReplyAsync("draft", CancellationToken.None));
        Assert.Equal(draft, again);
        handler.Do(handler.Turns[1].Turn.EditAsync(again, new Reply("done"), CancellationToken.None));
        handler.Complete(1);
        AssertBalance(fixture, owed: 2);
        Assert.Throws<InvalidOperationException>(() => handler.Do(handler.Turns[1].Turn.DeleteAsync(again, CancellationToken.None)));
    }

    [Fact]
    public void Action_that_was_under_way_when_the_process_ended_is_made_again()
    {
        using var folder = new StoreFolder();
        using (var fixture = new DispatchFixture(folder: new StoreFolder(folder.Folder)))
        {
            var handler = Turn(fixture);
            handler.Do(handler.Turns[0].Turn.DeleteAsync(MessageTarget.OnPlatform("p"), CancellationToken.None));
            handler.Complete(0);
            var adapter = fixture.Attach(can: All);
            fixture.Until(() => adapter.Actions.Count == 1);
        }

        using var next = new DispatchFixture(folder: new StoreFolder(folder.Folder));
        var second = next.Attach(generation: 2, can: All);
        next.Until(() => second.Actions.Count == 1);
        second.AnswerAction(0, SendResult.Sent("p"));
        AssertBalance(next, owed: 1, delivered: 1);
    }

    private static FakeHandler Turn(DispatchFixture fixture)
    {
        var handler = fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => handler.Turns.Count == 1);
        return handler;
    }

    private static IEnumerable<string> Errors(DispatchFixture fixture, OutboxState state) =>
        fixture.Store.ListOutbox(new([state], null, 100)).OrderBy(static entry => entry.Id).Select(static entry => entry.Error!);

    private static void AssertBalance(DispatchFixture fixture, int owed, int delivered = 0, int rejected = 0, int parked = 0)
    {
        var books = fixture.Store.Balance();
        Assert.Equal((owed, delivered, rejected, parked, true),
            (books.Outbound.Owed, books.Outbound.Delivered, books.Outbound.Rejected, books.Outbound.Parked, books.IsExact));
    }
}
