using PluginGateway.Loading;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

/// <summary>The commit that settles a message leases the next one of its chat, and the commit that ends a turn begins the next one of its conversation: one wait for the disk instead of two.</summary>
public sealed class SharedCommitTests
{
    private const int Many = 60;

    /// <summary>With a commit for each step it would be two each; the writer may begin its commit between two steps now and then.</summary>
    private const int CommitsAtMost = Many * 5 / 3;

    [Fact]
    public void Messages_of_one_chat_are_settled_and_the_next_ones_leased_in_the_same_commits()
    {
        using var rig = new DispatchRig();
        var texts = Enumerable.Range(0, Many).Select(static number => $"{number}").ToArray();
        rig.Owe("e1", texts);
        var before = rig.Store.Figures.Commits;
        var adapter = rig.Attach();
        adapter.Always = SendResult.Sent("m");
        rig.Until(() => adapter.Sends.Count == Many);
        Assert.InRange(rig.Store.Figures.Commits - before, Many - 1, CommitsAtMost);
        Assert.Equal(texts, adapter.Texts);
    }

    [Fact]
    public void Turns_of_one_conversation_are_ended_and_the_next_ones_begun_in_the_same_commits()
    {
        using var rig = new DispatchRig();
        var ids = Enumerable.Range(0, Many).Select(static number => $"e{number}").ToArray();
        foreach (var id in ids) rig.Accept(DispatchRig.Message(id, text: id));
        var before = rig.Store.Figures.Commits;
        var handler = rig.AttachHandler();
        handler.EndsAtOnce = true;
        rig.Until(() => handler.Turns.Count == Many);
        Assert.InRange(rig.Store.Figures.Commits - before, Many - 1, CommitsAtMost);
        Assert.Equal(ids, handler.Texts);
    }

    [Fact]
    public void Next_message_is_not_sent_before_the_one_before_it_is_settled()
    {
        var folder = new StoreFolder();
        using var rig = new DispatchRig(folder: folder);
        var adapter = rig.Attach();
        rig.Owe("e1", "one", "two", "three");
        rig.Until(() => adapter.Sends.Count == 1);
        using (var other = new Browser(folder.Database))
        {
            adapter.End(0, SendResult.Sent("m"));
            rig.Until(() => rig.Store.Trouble is not null);
            Wait(rig);
            Assert.Single(adapter.Sends);
            other.Run("ROLLBACK");
        }

        for (var index = 1; index < 3; index++)
        {
            rig.Until(() => { rig.Clock.Advance(TimeSpan.FromSeconds(0.1)); return adapter.Sends.Count > index; });
            adapter.Sent(index);
        }

        Assert.Equal(["one", "two", "three"], adapter.Texts);
        Assert.Equal((3, 0), ((int)rig.Store.Balance().Outbound.Delivered, (int)rig.Store.Balance().Outbound.Pending));
    }

    [Fact]
    public void Next_turn_is_not_begun_before_the_one_before_it_has_ended()
    {
        var folder = new StoreFolder();
        using var rig = new DispatchRig(folder: folder);
        var handler = rig.AttachHandler();
        foreach (var id in (string[])["e1", "e2"]) rig.Accept(DispatchRig.Message(id, text: id));
        rig.Until(() => handler.Turns.Count == 1);
        using (var other = new Browser(folder.Database))
        {
            handler.End(0);
            rig.Until(() => rig.Store.Trouble is not null);
            Wait(rig);
            Assert.Single(handler.Turns);
            other.Run("ROLLBACK");
        }

        rig.Until(() => { rig.Clock.Advance(TimeSpan.FromSeconds(0.1)); return handler.Turns.Count == 2; });
        Assert.Equal(1, handler.Turns[1].Turn.Attempt);
        handler.Complete(1);
        Assert.Equal(["e1", "e2"], handler.Texts);
        Assert.Equal((2, 0), ((int)rig.Store.Balance().Inbound.Handled, (int)rig.Store.Balance().Inbound.Pending));
        Assert.Empty(rig.Snapshot.RunningTurns);
    }

    [Fact]
    public void Chat_that_has_much_to_send_does_not_pass_another_that_waits()
    {
        using var rig = new DispatchRig();
        var adapter = rig.Attach(traits: new AdapterTraits { ConcurrentSends = 1 });
        rig.OweIn("1", "e1", "one", "two", "three");
        rig.OweIn("2", "e2", "other");
        rig.Until(() => adapter.Sends.Count == 1);
        adapter.Sent(0);
        rig.Until(() => adapter.Sends.Count == 2);
        Assert.Equal(["one", "other"], adapter.Texts);
    }

    [Fact]
    public void Conversation_with_many_messages_does_not_pass_another_that_waits()
    {
        using var rig = new DispatchRig();
        var handler = rig.AttachHandler(concurrentTurns: 1);
        foreach (var id in (string[])["e1", "e2", "e3"]) rig.Accept(DispatchRig.Message(id, text: id));
        rig.Accept(DispatchRig.Message("o1", chat: "2", text: "other"));
        rig.Until(() => handler.Turns.Count == 1);
        handler.Complete(0);
        rig.Until(() => handler.Turns.Count == 2);
        Assert.Equal(["e1", "other"], handler.Texts);
    }

    [Fact]
    public void Next_turn_of_a_handler_that_is_replaced_meanwhile_runs_on_the_new_one_and_its_attempt_does_not_count()
    {
        using var rig = new DispatchRig();
        var old = rig.AttachHandler(generation: 1);
        foreach (var id in (string[])["e1", "e2"]) rig.Accept(DispatchRig.Message(id, text: id));
        rig.Until(() => old.Turns.Count == 1);
        // Ends, and is replaced before anything of it can be durable.
        rig.Dispatcher.DetachHandler("handler", 1);
        rig.Dispatcher.InterruptTurns("handler", 1);
        old.Complete(0);
        var young = rig.AttachHandler(generation: 2);
        rig.Until(() => { rig.Clock.Advance(TimeSpan.FromSeconds(0.1)); return young.Turns.Count == 1; });
        Assert.Equal(1, young.Turns[0].Turn.Attempt);
        young.Complete(0);
        rig.Until(() => { rig.Clock.Advance(TimeSpan.FromSeconds(0.1)); return young.Turns.Count == 2; });
        young.Complete(1);
        Assert.Equal(["e1", "e2"], young.Texts);
        Assert.Equal((2, 0), ((int)rig.Store.Balance().Inbound.Handled, (int)rig.Store.Balance().Inbound.Pending));
    }

    /// <summary>Lets three seconds pass, in which the dispatcher tries again.</summary>
    private static void Wait(DispatchRig rig)
    {
        for (var step = 0; step < 30; step++)
        {
            rig.Clock.Advance(TimeSpan.FromSeconds(0.1));
            rig.Dispatcher.Step(TimeSpan.FromMilliseconds(10));
        }
    }
}
