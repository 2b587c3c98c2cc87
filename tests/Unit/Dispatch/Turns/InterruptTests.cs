using Microsoft.Extensions.Time.Testing;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch.Turns;
using PluginGateway.Guard.Calls;
using PluginGateway.Store;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.Turns;

/// <summary>Running turns that a newer message of their sender supersedes.</summary>
public sealed class InterruptTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly Chat Room = new("1", ChatKind.Direct);

    [Fact]
    public void A_message_cancels_the_running_turn_and_the_new_turn_has_both_in_their_order()
    {
        using var fixture = Create();
        var handler = fixture.AttachHandler();
        Say(fixture, "1", "one");
        handler.Do(handler.Turns[0].Turn.NoteAsync("calls", "search", CancellationToken.None));
        Say(fixture, "2", "two");
        Assert.Equal(TurnCancelReason.Superseded, handler.Turns[0].Turn.CancelReason);
        Assert.Single(handler.Turns);
        handler.Fail(0);
        Assert.Equal(("one\ntwo", 1), (handler.Turns[1].Turn.Text, handler.Turns[1].Turn.Attempt));
        Assert.Empty(handler.Turns[1].Turn.Notes);
        Assert.NotEqual(handler.Turns[0].Turn.Id, handler.Turns[1].Turn.Id);
        handler.Complete(1);
        var books = fixture.Store.Balance();
        Assert.Equal((2, 2, 0, 0), (books.Inbound.Accepted, books.Inbound.Handled, books.Inbound.Dropped, books.Inbound.Pending));
        Assert.True(books.IsExact);
        Assert.Equal((2, 0, 0), (handler.Turns.Count, fixture.Snapshot.PendingMessages, (int)fixture.Snapshot.Stopped));
    }

    [Fact]
    public void Of_the_superseded_attempt_neither_a_reply_nor_the_end_is_taken_and_the_new_turn_answers_once()
    {
        using var fixture = Create();
        var (adapter, handler) = (fixture.Attach(), fixture.AttachHandler());
        Say(fixture, "1", "one");
        handler.Turns[0].Turn.State.Set("who", "old");
        Say(fixture, "2", "two");
        Assert.True(handler.Turns[0].Turn.ReplyAsync("late", CancellationToken.None).IsFaulted);
        Assert.True(handler.Turns[0].Turn.FinishAsync(new Reply("late"), CancellationToken.None).IsFaulted);
        handler.Complete(0);
        Assert.Null(handler.Get(handler.Turns[1].Turn.State.GetAsync("who", CancellationToken.None)));
        handler.Reply(1, "answer");
        handler.Complete(1);
        fixture.Settle();
        adapter.Sent(0);
        Assert.Equal(["answer"], adapter.Texts);
        Assert.Equal(0, fixture.Store.Balance().Inbound.Pending);
    }

    [Fact]
    public void A_reply_that_the_adapter_has_stands_the_others_are_withdrawn_and_the_new_turns_own_are_sent()
    {
        using var fixture = Create();
        var (adapter, handler) = (fixture.Attach(), fixture.AttachHandler());
        Say(fixture, "1", "one");
        handler.Reply(0, "first");
        handler.Reply(0, "second");
        fixture.Until(() => adapter.Sends.Count == 1);
        Say(fixture, "2", "two");
        handler.Fail(0);
        Assert.Empty(handler.Turns[1].Turn.Earlier);
        handler.Reply(1, "anew");
        handler.Reply(1, "anew again");
        handler.Complete(1);
        for (var i = 0; i < 3; i++)
        {
            fixture.Until(() => adapter.Sends.Count == i + 1);
            adapter.Sent(i);
        }

        Assert.Equal(["first", "anew", "anew again"], adapter.Texts);
        var books = fixture.Store.Balance();
        Assert.Equal((4, 3, 1), (books.Outbound.Owed, books.Outbound.Delivered, books.Outbound.Withdrawn));
        Assert.True(books.IsExact);
    }

    [Fact]
    public void A_message_within_a_second_of_an_interrupt_is_collected_and_a_later_one_takes_it_along()
    {
        using var fixture = Create();
        var handler = fixture.AttachHandler();
        Say(fixture, "1", "one");
        Say(fixture, "2", "two");
        handler.Fail(0);
        Say(fixture, "3", "three");
        fixture.Advance(Second);
        Assert.Equal(TurnCancelReason.None, handler.Turns[1].Turn.CancelReason);
        Say(fixture, "4", "four");
        Assert.Equal(TurnCancelReason.Superseded, handler.Turns[1].Turn.CancelReason);
        handler.Fail(1);
        Assert.Equal(["one", "one\ntwo", "one\ntwo\nthree\nfour"], handler.Turns.Select(static call => call.Turn.Text));
        Assert.Equal(3, handler.Turns.Select(static call => call.Turn.Id).Distinct().Count());
    }

    [Fact]
    public void An_album_interrupts_once_when_it_is_whole()
    {
        using var fixture = Create();
        var handler = fixture.AttachHandler();
        Say(fixture, "1", "one");
        for (var i = 0; i < 3; i++) fixture.Accept(Message($"a{i}", "") with { GroupId = "album" });
        fixture.Settle();
        Assert.Equal(TurnCancelReason.None, handler.Turns[0].Turn.CancelReason);
        fixture.Advance(Collecting.Hold + TimeSpan.FromMilliseconds(1));
        Assert.Equal(TurnCancelReason.Superseded, handler.Turns[0].Turn.CancelReason);
        handler.Fail(0);
        Assert.Equal(4, handler.Turns[1].Turn.Messages.Count);
    }

    [Fact]
    public void Commands_and_messages_of_others_interrupt_nothing()
    {
        using var fixture = Create();
        var handler = fixture.AttachHandler();
        Say(fixture, "1", "one");
        fixture.Accept(Message("2", "/weather") with { Command = new InvokedCommand("weather", "") });
        fixture.Accept(Message("3", "three"));
        fixture.Accept(Message("4", "another's") with { Sender = new Sender("other") });
        fixture.Settle();
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(TurnCancelReason.None, handler.Turns[i].Turn.CancelReason);
            handler.Complete(i);
        }

        Assert.Equal(["one", "/weather", "three", "another's"], handler.Texts);
    }

    [Fact]
    public void A_call_that_ends_while_the_interrupt_is_written_lets_the_new_turn_begin_at_once_and_ends_nothing()
    {
        using var fixture = Create();
        var handler = fixture.AttachHandler();
        Say(fixture, "1", "one");
        // It ends as soon as it may, so that its end comes before the answer of the store.
        fixture.Accept(Message("2", "two"));
        fixture.Until(() => handler.Turns[0].Turn.ReplyAsync("late", CancellationToken.None).IsFaulted);
        handler.End(0);
        fixture.Until(() => handler.Turns.Count == 2);
        Assert.Equal("one\ntwo", handler.Turns[1].Turn.Text);
        handler.Complete(1);
        Assert.Equal((2, 0), (fixture.Store.Balance().Inbound.Handled, fixture.Snapshot.Detached));
    }

    [Fact]
    public void A_call_that_does_not_end_is_detached_and_a_stop_ends_the_new_turn_too()
    {
        using var fixture = Create();
        var handler = fixture.AttachHandler();
        Say(fixture, "1", "one");
        Say(fixture, "2", "two");
        fixture.Advance(StoppedTurns.Grace);
        fixture.Until(() => handler.Turns.Count == 2);
        Assert.Equal(1, fixture.Snapshot.Detached);
        Say(fixture, "3", "/stop");
        handler.Fail(0);
        handler.Fail(1);
        Assert.Equal((0, 2, 0), (fixture.Snapshot.Detached, fixture.Store.Balance().Inbound.Dropped, fixture.Snapshot.PendingMessages));
        Say(fixture, "4", "four");
        Assert.Equal("four", handler.Texts.Last());
    }

    [Fact]
    public void After_a_restart_the_new_turn_has_its_messages_and_the_same_id()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        using var folder = new StoreFolder { Clock = clock };
        var fixture = Interrupting(new DispatchFixture(folder: new StoreFolder(folder.Folder) { Clock = clock }));
        var handler = fixture.AttachHandler();
        Say(fixture, "1", "one");
        handler.Reply(0, "withdrawn");
        Say(fixture, "2", "two");
        handler.Fail(0);
        var before = handler.Turns[1].Turn;
        handler.Reply(1, "answer");
        fixture.Store.CloseCleanly();
        // The setting has changed meanwhile: the messages of a turn have not.
        var next = new DispatchFixture(folder: new StoreFolder(folder.Folder) { Clock = clock });
        var (adapter, again) = (next.Attach(), next.AttachHandler());
        next.Until(() => again.Turns.Count == 1);
        var turn = again.Turns[0].Turn;
        Assert.Equal((before.Id, "one\ntwo", 2), (turn.Id, turn.Text, turn.Attempt));
        Assert.Equal(["answer"], turn.Earlier.Select(static reply => reply.Text));
        again.Reply(0, "answer");
        again.Complete(0);
        next.Until(() => adapter.Sends.Count == 1);
        adapter.Sent(0);
        Assert.Equal(["answer"], adapter.Texts);
        Assert.Equal(2, next.Store.Balance().Inbound.Handled);
        next.Store.CloseCleanly();
    }

    [Fact]
    public void After_a_restart_just_behind_the_interrupt_the_first_attempt_has_all_messages()
    {
        using var folder = new StoreFolder();
        var fixture = Interrupting(new DispatchFixture(folder: new StoreFolder(folder.Folder)));
        var handler = fixture.AttachHandler();
        Say(fixture, "1", "one");
        Say(fixture, "2", "two");
        // The call of the superseded turn has not ended, so that the new turn has not begun.
        Assert.Equal(TurnCancelReason.Superseded, handler.Turns[0].Turn.CancelReason);
        fixture.Store.CloseCleanly();
        var next = new DispatchFixture(folder: new StoreFolder(folder.Folder));
        var again = next.AttachHandler();
        next.Until(() => again.Turns.Count == 1);
        Assert.Equal(("one\ntwo", 1), (again.Turns[0].Turn.Text, again.Turns[0].Turn.Attempt));
        Assert.NotEqual(handler.Turns[0].Turn.Id, again.Turns[0].Turn.Id);
        next.Store.CloseCleanly();
    }

    private static DispatchFixture Create() => Interrupting(new DispatchFixture());

    private static DispatchFixture Interrupting(DispatchFixture fixture)
    {
        fixture.Intake.Judge.ConversationOf = static _ => new ConversationOptions { Busy = BusyMode.Interrupt };
        return fixture;
    }

    private static void Say(DispatchFixture fixture, string id, string text)
    {
        fixture.Accept(Message(id, text));
        fixture.Settle();
    }

    private static InboundMessage Message(string id, string text) => new(id, Room, new Sender("u"), text);
}
