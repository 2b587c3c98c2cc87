using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Access;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch.Turns;
using PluginGateway.Guard.Calls;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.Turns;

/// <summary>Turns that a person or the operator stops.</summary>
public sealed class StopTests : IDisposable
{
    private readonly DispatchFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void A_stopped_turn_is_cancelled_and_its_late_reply_changes_nothing()
    {
        var (adapter, handler) = (_fixture.Attach(), _fixture.AttachHandler());
        _fixture.Accept(DispatchFixture.Message("1"));
        _fixture.Until(() => handler.Turns.Count == 1);
        Assert.Equal(AcceptanceKind.Stored, Stop("2").Kind);
        _fixture.Until(() => adapter.Sends.Count == 1);
        Assert.Equal("Stopped.", adapter.Texts.Single());
        Assert.Equal(TurnCancelReason.Stopped, handler.Turns[0].Turn.CancelReason);
        Assert.True(handler.Turns[0].Turn.ReplyAsync("late", CancellationToken.None).IsFaulted);
        handler.Complete(0);
        adapter.Sent(0);
        var books = _fixture.Store.Balance();
        // The word itself is a message that was handled.
        Assert.Equal((2, 1, 1, 0), (books.Inbound.Accepted, books.Inbound.Handled, books.Inbound.Dropped, books.Inbound.Pending));
        Assert.True(books.IsExact);
        Assert.Equal(0, _fixture.Snapshot.PendingMessages);
        Assert.Equal(1, _fixture.Snapshot.Stopped);
    }

    [Fact]
    public void Messages_that_wait_are_stopped_too_and_the_next_one_begins_when_the_call_has_ended()
    {
        var handler = _fixture.AttachHandler();
        foreach (var id in (string[])["1", "2", "3"]) _fixture.Accept(DispatchFixture.Message(id));
        _fixture.Until(() => handler.Turns.Count == 1);
        Stop("4");
        _fixture.Accept(DispatchFixture.Message("5", text: "next"));
        _fixture.Settle();
        Assert.Single(handler.Turns);
        handler.Fail(0);
        _fixture.Until(() => handler.Turns.Count == 2);
        Assert.Equal("next", handler.Texts.Last());
        Assert.Equal(3, _fixture.Store.Balance().Inbound.Dropped);
    }

    [Fact]
    public void A_call_that_does_not_end_is_detached_after_two_seconds_and_only_a_second_one_holds_its_session()
    {
        var handler = _fixture.AttachHandler();
        for (var i = 0; i < 2; i++)
        {
            _fixture.Accept(DispatchFixture.Message($"m{i}", text: $"{i}"));
            _fixture.Until(() => handler.Turns.Count == i + 1);
            Stop($"s{i}");
            _fixture.Settle();
            Pass(StoppedTurns.Grace);
        }

        _fixture.Accept(DispatchFixture.Message("m2", text: "2"));
        Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(["0", "1"], handler.Texts);
        Assert.Equal("still ending the last one", List().Single(static turn => turn.Stage == TurnStage.Waiting).Reason);
        Assert.Equal(1, _fixture.Snapshot.Detached);
        // Another session goes on.
        _fixture.Accept(DispatchFixture.Message("other", chat: "2", text: "other"));
        _fixture.Until(() => handler.Turns.Count == 3);
        handler.Fail(0);
        _fixture.Until(() => handler.Turns.Count == 4);
        Assert.Equal("2", handler.Texts.Last());
        handler.Fail(1);
        Assert.Equal(0, _fixture.Snapshot.Detached);
    }

    [Fact]
    public void The_same_word_twice_does_not_stop_a_newer_turn()
    {
        var handler = _fixture.AttachHandler();
        _fixture.Accept(DispatchFixture.Message("1"));
        _fixture.Until(() => handler.Turns.Count == 1);
        Stop("2");
        handler.Fail(0);
        _fixture.Accept(DispatchFixture.Message("3", text: "newer"));
        _fixture.Until(() => handler.Turns.Count == 2);
        Assert.Equal(AcceptanceKind.Duplicate, Stop("2").Kind);
        _fixture.Settle();
        Assert.Equal(TurnCancelReason.None, handler.Turns[1].Turn.CancelReason);
        handler.Reply(1, "answer");
    }

    [Fact]
    public void Replies_that_no_adapter_has_seen_are_withdrawn_and_one_under_way_is_delivered()
    {
        var (adapter, handler) = (_fixture.Attach(), _fixture.AttachHandler());
        _fixture.Accept(DispatchFixture.Message("1"));
        _fixture.Until(() => handler.Turns.Count == 1);
        handler.Reply(0, "first");
        handler.Reply(0, "second");
        _fixture.Until(() => adapter.Sends.Count == 1);
        Stop("2");
        handler.Complete(0);
        adapter.Sent(0);
        _fixture.Until(() => adapter.Sends.Count == 2);
        Assert.Equal(["first", "Stopped."], adapter.Texts);
        adapter.Sent(1);
        var books = _fixture.Store.Balance();
        Assert.Equal((3, 2, 1), (books.Outbound.Owed, books.Outbound.Delivered, books.Outbound.Withdrawn));
        Assert.True(books.IsExact);
    }

    [Fact]
    public void Of_a_reply_in_parts_nothing_follows_the_part_under_way()
    {
        var (adapter, handler) = (_fixture.Attach(), _fixture.AttachHandler());
        _fixture.Accept(DispatchFixture.Message("1"));
        _fixture.Until(() => handler.Turns.Count == 1);
        handler.Reply(0, "hello world");
        _fixture.Until(() => adapter.Sends.Count == 1);
        Stop("2");
        adapter.Answer(0, SendResult.Partial(
            new Receipt("m1") { DeliveredLength = 6 }, new SendError(SendErrorKind.Transient, SendRetry.WithBackoff, "connection refused")));
        Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(["hello world", "Stopped."], adapter.Texts);
        Assert.Equal(1, _fixture.Store.Balance().Outbound.Withdrawn);
    }

    [Fact]
    public void A_wait_for_another_attempt_ends_with_a_stop()
    {
        var handler = _fixture.AttachHandler();
        _fixture.Accept(DispatchFixture.Message("1"));
        _fixture.Until(() => handler.Turns.Count == 1);
        handler.Fail(0);
        Stop("2");
        _fixture.Accept(DispatchFixture.Message("3", text: "next"));
        _fixture.Until(() => handler.Turns.Count == 2);
        Assert.Equal("next", handler.Texts.Last());
        Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(2, handler.Turns.Count);
    }

    [Fact]
    public void A_new_session_has_another_name_and_nothing_of_the_old_one()
    {
        var handler = _fixture.AttachHandler();
        _fixture.Accept(DispatchFixture.Message("1"));
        _fixture.Until(() => handler.Turns.Count == 1);
        var before = handler.Turns[0].Turn.Session;
        Say("2", "/new");
        handler.Fail(0);
        _fixture.Accept(DispatchFixture.Message("3"));
        _fixture.Until(() => handler.Turns.Count == 2);
        Assert.NotEqual(before, handler.Turns[1].Turn.Session);
        Assert.Equal(handler.Turns[0].Turn.Conversation, handler.Turns[1].Turn.Conversation);
    }

    [Fact]
    public void In_a_group_with_one_session_only_an_administrator_begins_a_new_one()
    {
        _fixture.Intake.Judge.ConversationOf = static _ => new ConversationOptions { Scope = SessionScope.Chat };
        var (adapter, handler) = (_fixture.Attach(), _fixture.AttachHandler());
        var message = new InboundMessage("1", new Chat("g", ChatKind.Group), new Sender("u"), "hello");
        _fixture.Accept(message);
        _fixture.Until(() => handler.Turns.Count == 1);
        _fixture.Accept(message with { EventId = "2", Text = "/new", Sender = new Sender("u") { Language = "de" } });
        _fixture.Until(() => adapter.Sends.Count == 1);
        Assert.Equal("Das darf hier nur ein Administrator.", adapter.Texts.Single());
        Assert.Equal(TurnCancelReason.None, handler.Turns[0].Turn.CancelReason);
    }

    [Fact]
    public void A_word_needs_no_mention_while_a_turn_of_its_sender_runs()
    {
        using var fixture = new DispatchFixture(accessFilter: static (store, clock) => new AccessFilter(
            static _ => new AccessRule(new AllowOptions { Groups = GroupAccess.Mentioned }, IsOpen: false),
            new PairingRequests(store, static (_, _, _) => { }, clock), clock, NullLogger.Instance));
        var handler = fixture.AttachHandler();
        var message = new InboundMessage("1", new Chat("g", ChatKind.Group), new Sender("u"), "hello") { MentionsBot = true };
        var word = message with { Text = "!stop", MentionsBot = false };
        Assert.Equal(AcceptanceKind.Discarded, fixture.Accept(word with { EventId = "0" }).Kind);
        fixture.Accept(message);
        fixture.Until(() => handler.Turns.Count == 1);
        Assert.Equal(AcceptanceKind.Discarded, fixture.Accept(word with { EventId = "2", Sender = new Sender("v") }).Kind);
        Assert.Equal(AcceptanceKind.Stored, fixture.Accept(word with { EventId = "3" }).Kind);
        fixture.Settle();
        Assert.Equal(TurnCancelReason.Stopped, handler.Turns[0].Turn.CancelReason);
        Assert.Equal(AcceptanceKind.Discarded, fixture.Accept(word with { EventId = "4" }).Kind);
    }

    [Fact]
    public void Words_get_answers_when_the_inbox_has_no_room_for_messages()
    {
        using var fixture = new DispatchFixture(new() { MaxPending = 2 });
        var (adapter, handler) = (fixture.Attach(), fixture.AttachHandler());
        for (var i = 0; i < 4; i++) fixture.Accept(DispatchFixture.Message($"{i}"));
        fixture.Until(() => handler.Turns.Count == 1);
        Assert.Equal(AcceptanceKind.Refused, fixture.Accept(DispatchFixture.Message("full")).Kind);
        Assert.Equal(AcceptanceKind.Stored, fixture.Accept(DispatchFixture.Message("s", text: "/stop")).Kind);
        fixture.Until(() => adapter.Sends.Count == 1);
        Assert.Equal("Stopped.", adapter.Texts.Single());
        Assert.Equal(AcceptanceKind.Stored, fixture.Accept(DispatchFixture.Message("now")).Kind);
    }

    [Fact]
    public void An_operator_stops_one_turn_and_the_next_one_of_the_session_goes_on()
    {
        var handler = _fixture.AttachHandler();
        _fixture.Accept(DispatchFixture.Message("1", text: "one"));
        _fixture.Accept(DispatchFixture.Message("2", text: "two"));
        _fixture.Until(() => handler.Turns.Count == 1);
        var id = List().Single(static turn => turn.Stage == TurnStage.Running).Id;
        TurnStop? stop = null;
        _fixture.Dispatcher.Turns.Stop(id, done => stop = done);
        _fixture.Until(() => stop is not null);
        Assert.Equal([id], stop!.Messages);
        handler.Fail(0);
        _fixture.Until(() => handler.Turns.Count == 2);
        Assert.Equal("two", handler.Texts.Last());
        stop = null;
        _fixture.Dispatcher.Turns.Stop(id, done => stop = done);
        _fixture.Until(() => stop is not null);
        Assert.Empty(stop!.Messages);
    }

    [Fact]
    public void A_turn_that_a_teardown_cancels_loses_no_attempt_and_one_that_fails_or_is_overdue_does()
    {
        var handler = _fixture.AttachHandler();
        _fixture.Accept(DispatchFixture.Message("1"));
        _fixture.Until(() => handler.Turns.Count == 1);
        handler.Turns[0].OnCancelling(TurnCancelReason.Stopping);
        handler.End(0, CallEndKind.Failed, new CallFailure("System.Threading.Tasks.TaskCanceledException", "A task was canceled.", null));
        Pass(TimeSpan.FromSeconds(10));
        Assert.Equal([1, 1], handler.Turns.Select(static call => call.Turn.Attempt));
        handler.Turns[1].OnCancelling(TurnCancelReason.Deadline);
        handler.End(1, CallEndKind.Overdue);
        Pass(TimeSpan.FromSeconds(10));
        Assert.Equal(2, handler.Turns[2].Turn.Attempt);
        // Its process has ended, for example.
        handler.Turns[2].OnCancelling(TurnCancelReason.Stopping);
        handler.Fail(2);
        Pass(TimeSpan.FromSeconds(10));
        Assert.Equal(3, handler.Turns[3].Turn.Attempt);
    }

    [Fact]
    public void An_adapter_with_half_of_the_places_lets_another_pass()
    {
        var handler = _fixture.AttachHandler(concurrentTurns: 4);
        for (var i = 0; i < 5; i++) _fixture.Accept(DispatchFixture.Message($"{i}", chat: $"{i}"));
        _fixture.Until(() => handler.Turns.Count == 4);
        _fixture.Accept(DispatchFixture.Message("other", text: "other"), "b");
        handler.Complete(0);
        Assert.Equal(5, handler.Turns.Count);
        Assert.Equal("other", handler.Texts.Last());
        handler.Complete(1);
        Assert.Equal(6, handler.Turns.Count);
    }

    private Acceptance Stop(string id) => Say(id, "/stop");

    private Acceptance Say(string id, string text) => _fixture.Accept(DispatchFixture.Message(id, text: text));

    private void Pass(TimeSpan time)
    {
        _fixture.Settle();
        _fixture.Advance(time + TimeSpan.FromMilliseconds(1));
    }

    private IReadOnlyList<TurnReport> List()
    {
        IReadOnlyList<TurnReport>? turns = null;
        _fixture.Dispatcher.Turns.List(100, list => turns = list);
        _fixture.Until(() => turns is not null);
        return turns!;
    }
}
