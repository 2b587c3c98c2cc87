using PluginGateway.Loading;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

/// <summary>The commit that settles a message leases the next one of its chat, and the commit that ends a turn begins the next one of its
/// conversation: one wait for the disk instead of two.</summary>
public sealed class SharedCommitTests
{
    private const int Many = 60;

    /// <summary>With a commit for each step it would be two each; what one step of the dispatcher writes is in one.</summary>
    private const int CommitsAtMost = Many + 5;

    [Fact]
    public void Messages_of_one_chat_are_settled_and_the_next_ones_leased_in_the_same_commits()
    {
        using var fixture = new DispatchFixture();
        var texts = Enumerable.Range(0, Many).Select(static number => $"{number}").ToArray();
        fixture.Owe("e1", texts);
        var before = fixture.Store.Figures.Commits;
        var adapter = fixture.Attach();
        adapter.Always = SendResult.Sent("m");
        fixture.Until(() => adapter.Sends.Count == Many);
        Assert.InRange(fixture.Store.Figures.Commits - before, Many - 1, CommitsAtMost);
        Assert.Equal(texts, adapter.Texts);
    }

    [Fact]
    public void Turns_of_one_conversation_are_ended_and_the_next_ones_begun_in_the_same_commits()
    {
        using var fixture = new DispatchFixture();
        var ids = Enumerable.Range(0, Many).Select(static number => $"e{number}").ToArray();
        foreach (var id in ids) fixture.Accept(DispatchFixture.Message(id, text: id));
        var before = fixture.Store.Figures.Commits;
        var handler = fixture.AttachHandler();
        handler.EndsAtOnce = true;
        fixture.Until(() => handler.Turns.Count == Many);
        Assert.InRange(fixture.Store.Figures.Commits - before, Many - 1, CommitsAtMost);
        Assert.Equal(ids, handler.Texts);
    }

    [Fact]
    public void Next_message_is_not_sent_before_the_one_before_it_is_settled()
    {
        var folder = new StoreFolder();
        using var fixture = new DispatchFixture(folder: folder);
        var adapter = fixture.Attach();
        fixture.Owe("e1", "one", "two", "three");
        fixture.Until(() => adapter.Sends.Count == 1);
        using (var other = new Browser(folder.Database))
        {
            adapter.End(0, SendResult.Sent("m"));
            fixture.Until(() => fixture.Store.Failure is not null);
            Wait(fixture);
            Assert.Single(adapter.Sends);
            other.Run("ROLLBACK");
        }

        for (var index = 1; index < 3; index++)
        {
            fixture.Until(() => { fixture.Clock.Advance(TimeSpan.FromSeconds(0.1)); return adapter.Sends.Count > index; });
            adapter.Sent(index);
        }

        Assert.Equal(["one", "two", "three"], adapter.Texts);
        Assert.Equal((3, 0), ((int)fixture.Store.Balance().Outbound.Delivered, (int)fixture.Store.Balance().Outbound.Pending));
    }

    [Fact]
    public void Next_turn_is_not_begun_before_the_one_before_it_has_ended()
    {
        var folder = new StoreFolder();
        using var fixture = new DispatchFixture(folder: folder);
        var handler = fixture.AttachHandler();
        foreach (var id in (string[])["e1", "e2"]) fixture.Accept(DispatchFixture.Message(id, text: id));
        fixture.Until(() => handler.Turns.Count == 1);
        using (var other = new Browser(folder.Database))
        {
            handler.End(0);
            fixture.Until(() => fixture.Store.Failure is not null);
            Wait(fixture);
            Assert.Single(handler.Turns);
            other.Run("ROLLBACK");
        }

        fixture.Until(() => { fixture.Clock.Advance(TimeSpan.FromSeconds(0.1)); return handler.Turns.Count == 2; });
        Assert.Equal(1, handler.Turns[1].Turn.Attempt);
        handler.Complete(1);
        Assert.Equal(["e1", "e2"], handler.Texts);
        Assert.Equal((2, 0), ((int)fixture.Store.Balance().Inbound.Handled, (int)fixture.Store.Balance().Inbound.Pending));
        Assert.Empty(fixture.Snapshot.RunningTurns);
    }

    [Fact]
    public void Chat_that_has_much_to_send_does_not_pass_another_that_waits()
    {
        using var fixture = new DispatchFixture();
        var adapter = fixture.Attach(traits: new AdapterTraits { ConcurrentSends = 1 });
        fixture.OweIn("1", "e1", "one", "two", "three");
        fixture.OweIn("2", "e2", "other");
        fixture.Until(() => adapter.Sends.Count == 1);
        adapter.Sent(0);
        fixture.Until(() => adapter.Sends.Count == 2);
        Assert.Equal(["one", "other"], adapter.Texts);
    }

    [Fact]
    public void Conversation_with_many_messages_does_not_pass_another_that_waits()
    {
        using var fixture = new DispatchFixture();
        var handler = fixture.AttachHandler(concurrentTurns: 1);
        foreach (var id in (string[])["e1", "e2", "e3"]) fixture.Accept(DispatchFixture.Message(id, text: id));
        fixture.Accept(DispatchFixture.Message("o1", chat: "2", text: "other"));
        fixture.Until(() => handler.Turns.Count == 1);
        handler.Complete(0);
        fixture.Until(() => handler.Turns.Count == 2);
        Assert.Equal(["e1", "other"], handler.Texts);
    }

    [Fact]
    public void Next_turn_of_a_handler_that_is_replaced_meanwhile_runs_on_the_new_one_and_its_attempt_does_not_count()
    {
        using var fixture = new DispatchFixture();
        var old = fixture.AttachHandler(generation: 1);
        foreach (var id in (string[])["e1", "e2"]) fixture.Accept(DispatchFixture.Message(id, text: id));
        fixture.Until(() => old.Turns.Count == 1);
        // Ends, and is replaced before anything of it can be durable.
        fixture.Dispatcher.DetachHandler("handler", 1);
        fixture.Dispatcher.InterruptTurns("handler", 1);
        old.Complete(0);
        var young = fixture.AttachHandler(generation: 2);
        fixture.Until(() => { fixture.Clock.Advance(TimeSpan.FromSeconds(0.1)); return young.Turns.Count == 1; });
        Assert.Equal(1, young.Turns[0].Turn.Attempt);
        young.Complete(0);
        fixture.Until(() => { fixture.Clock.Advance(TimeSpan.FromSeconds(0.1)); return young.Turns.Count == 2; });
        young.Complete(1);
        Assert.Equal(["e1", "e2"], young.Texts);
        Assert.Equal((2, 0), ((int)fixture.Store.Balance().Inbound.Handled, (int)fixture.Store.Balance().Inbound.Pending));
    }

    /// <summary>Lets three seconds pass, in which the dispatcher tries again.</summary>
    private static void Wait(DispatchFixture fixture)
    {
        for (var step = 0; step < 30; step++)
        {
            fixture.Clock.Advance(TimeSpan.FromSeconds(0.1));
            fixture.Dispatcher.Step(TimeSpan.FromMilliseconds(10));
        }
    }
}
