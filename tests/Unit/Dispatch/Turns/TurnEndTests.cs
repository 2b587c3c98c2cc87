using PluginGateway.Dispatch;
using PluginGateway.Guard.Calls;
using PluginGateway.Media;
using PluginGateway.Store;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.Turns;

/// <summary>The end of a turn with its last reply and its memory, and what later attempts are told.</summary>
public sealed class TurnEndTests
{
    private static readonly MemoryOwner Owner = StoreCalls.Owner(handler: "handler");

    [Theory]
    [InlineData(nameof(CallEndKind.Completed))]
    [InlineData(nameof(CallEndKind.Failed))]
    [InlineData(nameof(CallEndKind.Overdue))]
    public void A_finished_turn_stays_finished_whatever_its_handler_does(string how)
    {
        using var fixture = new DispatchFixture();
        var (end, adapter, handler) = (Enum.Parse<CallEndKind>(how), fixture.Attach(), fixture.AttachHandler());
        fixture.Accept(DispatchFixture.Message("e1", text: "first"));
        fixture.Accept(DispatchFixture.Message("e2", text: "second"));
        fixture.Until(() => handler.Turns.Count == 1);
        var turn = handler.Turns[0].Turn;
        handler.Reply(0, "one");
        turn.State.Set("k", "v");
        var last = handler.Get(turn.FinishAsync(new Reply("two"), CancellationToken.None));
        Assert.Equal("m2", last!.Id);
        Assert.Throws<InvalidOperationException>(() => turn.State.Set("k", "late"));
        Assert.ThrowsAny<InvalidOperationException>(() => handler.Get(turn.ReplyAsync("late", CancellationToken.None)));
        Assert.ThrowsAny<InvalidOperationException>(() => handler.Get(turn.FinishAsync(null, CancellationToken.None)));
        Assert.ThrowsAny<InvalidOperationException>(() => handler.Do(turn.NoteAsync("n", "late", CancellationToken.None)));
        Assert.Equal(("v", 1), (fixture.Store.Memory("k", Owner), fixture.Store.Balance().Inbound.Handled));
        handler.End(0, end, end == CallEndKind.Failed ? new CallFailure("System.Exception", "behind the end", null) : null);
        fixture.Until(() => handler.Turns.Count == 2);
        Assert.Equal("second", handler.Turns[1].Turn.Text);
        adapter.Sent(0);
        fixture.Settle();
        Assert.Equal(["one", "two"], adapter.Texts);
    }

    [Fact]
    public void Memory_of_a_turn_that_returns_is_there_in_the_next_and_that_of_one_that_fails_is_not()
    {
        using var fixture = new DispatchFixture();
        var handler = fixture.AttachHandler();
        for (var i = 0; i < 3; i++) fixture.Accept(DispatchFixture.Message($"e{i}"));
        fixture.Until(() => handler.Turns.Count == 1);
        handler.Turns[0].Turn.State.Set("k", "v");
        handler.Complete(0);
        Assert.Equal("v", handler.Get(handler.Turns[1].Turn.State.GetAsync("k", CancellationToken.None)));
        handler.Turns[1].Turn.State.Set("k", "failed");
        handler.Turns[1].Turn.State.Remove("k");
        handler.Fail(1);
        fixture.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2, handler.Turns[2].Turn.Attempt);
        Assert.Equal(["k"], handler.Turns[2].Turn.State.Keys);
        Assert.Equal("v", handler.Get(handler.Turns[2].Turn.State.GetAsync("k", CancellationToken.None)));
    }

    [Fact]
    public void A_later_attempt_is_told_of_replies_and_notes_of_earlier_ones()
    {
        using var fixture = new DispatchFixture();
        var (adapter, handler) = (fixture.Attach(can: MessageCapabilities.React), fixture.AttachHandler());
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => handler.Turns.Count == 1);
        var first = handler.Turns[0].Turn;
        Assert.Empty(first.Earlier);
        Assert.Empty(first.Notes);
        handler.Reply(0, "answer");
        handler.Do(first.ReactAsync(MessageTarget.Owed("m1"), "+", CancellationToken.None));
        handler.Do(first.NoteAsync("tool", "called", CancellationToken.None));
        Assert.Equal("called", first.Notes["tool"]);
        adapter.Sent(0);
        fixture.Settle();
        handler.Fail(0);
        fixture.Advance(TimeSpan.FromSeconds(2));
        var second = handler.Turns[1].Turn;
        Assert.Equal(
        [
            new EarlierReply(0, EarlierKind.Message, MessageTarget.Owed("m1")) { Text = "answer", IsDelivered = true },
            new EarlierReply(1, EarlierKind.Reaction, MessageTarget.Owed("m2")),
        ], second.Earlier);
        Assert.Equal("called", second.Notes["tool"]);
        handler.Complete(1);
        Assert.Equal(1, fixture.Store.Balance().Inbound.Handled);
    }

    [Fact]
    public void A_deferred_turn_is_told_too_although_its_attempt_does_not_count()
    {
        using var fixture = new DispatchFixture();
        var handler = fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => handler.Turns.Count == 1);
        handler.Reply(0, "answer");
        handler.End(0, CallEndKind.Failed, CallFailure.Of(new RetryLaterException("away")));
        fixture.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((1, "answer"), (handler.Turns[1].Turn.Attempt, handler.Turns[1].Turn.Earlier.Single().Text));
    }

    [Fact]
    public void A_last_reply_that_is_refused_leaves_the_turn_open()
    {
        using var fixture = new DispatchFixture();
        var (_, handler) = (fixture.Attach(), fixture.AttachHandler());
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => handler.Turns.Count == 1);
        var turn = handler.Turns[0].Turn;
        var file = new Reply("x") { Attachments = [new OutboundAttachment("/does/not/exist", AttachmentKind.File)] };
        Assert.ThrowsAny<NotSupportedException>(() => handler.Get(turn.FinishAsync(file, CancellationToken.None)));
        Assert.ThrowsAny<ArgumentException>(() => handler.Get(turn.FinishAsync(new Reply(new string('x', 1_048_577)), CancellationToken.None)));
        turn.State.Set("k", "v");
        Assert.Equal("m1", handler.Get(turn.FinishAsync(new Reply("instead"), CancellationToken.None))!.Id);
        Assert.Equal("v", fixture.Store.Memory("k", Owner));
    }

    [Fact]
    public void A_last_reply_with_files_ends_the_turn_when_they_are_copied_and_what_comes_behind_it_is_refused()
    {
        using var fixture = new DispatchFixture();
        var (_, handler) = (fixture.Attach(traits: new() { MaxAttachments = 1 }, can: MessageCapabilities.Attach), fixture.AttachHandler());
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => handler.Turns.Count == 1);
        var (turn, path) = (handler.Turns[0].Turn, Path.Combine(fixture.Media.Path, "..", "file"));
        File.WriteAllText(path, "content");
        var missing = new Reply("x") { Attachments = [new OutboundAttachment("/does/not/exist", AttachmentKind.File)] };
        Assert.ThrowsAny<IOException>(() => handler.Get(turn.FinishAsync(missing, CancellationToken.None)));
        var last = turn.FinishAsync(
            new Reply("x") { Attachments = [new OutboundAttachment(Path.GetFullPath(path), AttachmentKind.File)] }, CancellationToken.None);
        var behind = turn.ReplyAsync("behind", CancellationToken.None);
        // The handler does not wait for either.
        handler.End(0);
        Assert.NotNull(handler.Get(last));
        Assert.ThrowsAny<InvalidOperationException>(() => handler.Get(behind));
        fixture.Until(() => fixture.Store.Balance().Inbound.Handled == 1);
        Assert.Equal(1, fixture.Store.Balance().Outbound.Owed);
    }

    [Fact]
    public void Notes_are_bounded()
    {
        using var fixture = new DispatchFixture();
        var handler = fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e1"));
        fixture.Until(() => handler.Turns.Count == 1);
        var turn = handler.Turns[0].Turn;
        for (var i = 0; i < 64; i++) handler.Do(turn.NoteAsync($"k{i}", "v", CancellationToken.None));
        Assert.Throws<ArgumentException>(() => Note("more", "v"));
        Assert.Throws<ArgumentException>(() => Note("k1", new string('x', 65_536)));
        handler.Do(turn.NoteAsync("k1", new string('x', 60_000), CancellationToken.None));
        Assert.Equal(64, turn.Notes.Count);

        void Note(string key, string value) => _ = turn.NoteAsync(key, value, CancellationToken.None);
    }
}
