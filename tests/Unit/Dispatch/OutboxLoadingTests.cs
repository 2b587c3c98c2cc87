using PluginGateway.Dispatch;
using PluginGateway.Loading;
using PluginGateway.Store;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

/// <summary>What the last process left is read page by page, while adapters connect and programs send.</summary>
public sealed class OutboxLoadingTests
{
    /// <summary>More than a page.</summary>
    private const int Older = 600;

    [Fact]
    public void Message_from_outside_waits_for_older_ones_of_its_chat_that_have_not_been_read_yet()
    {
        using var folder = new StoreFolder();
        Leave(folder, isLeased: false);
        var rig = new DispatchRig(folder: new StoreFolder(folder.Folder));
        var adapter = rig.Attach();
        adapter.Always = SendResult.Sent("m");
        OweToLast(rig, "new");
        rig.Until(() => adapter.Sends.Count(static send => send.Message.Chat.Id == "last") == 2);
        Assert.Equal(["older", "new"], adapter.Sends.Where(static send => send.Message.Chat.Id == "last").Select(static send => send.Message.Text));
        rig.Store.CloseCleanly();
    }

    [Fact]
    public void Message_from_outside_is_sent_once_while_one_in_doubt_of_its_chat_is_read()
    {
        using var folder = new StoreFolder();
        Leave(folder, isLeased: true);
        var rig = new DispatchRig(folder: new StoreFolder(folder.Folder));
        var adapter = rig.Attach();
        OweToLast(rig, "new");
        rig.Until(() => adapter.Sends.Any(static send => send.Message.Text == "new"));
        for (var i = 0; i < 5; i++) rig.Settle();
        Assert.Equal(["new"], adapter.Sends.Where(static send => send.Message.Chat.Id == "last").Select(static send => send.Message.Text));
        Assert.Equal(1, rig.Store.Balance().Outbound.Parked);
        rig.Store.CloseCleanly();
    }

    [Fact]
    public void Two_messages_in_doubt_of_one_chat_are_both_parked_and_neither_is_sent()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        foreach (var key in (string[])["e1", "e2", "e3"]) store.Lease(store.Owe(store.Stored(key), 0).Row!.Id);
        store.CloseCleanly();
        var rig = new DispatchRig(folder: new StoreFolder(folder.Folder));
        var adapter = rig.Attach();
        // Each step lets the writer finish one thing at most.
        rig.Until(() => rig.Store.Balance().Outbound.Parked == 3);
        rig.Settle();
        Assert.Empty(adapter.Sends);
        Assert.Equal(0, rig.Snapshot.SendsInFlight);
        rig.Store.CloseCleanly();
    }

    private static void Leave(StoreFolder folder, bool isLeased)
    {
        var store = folder.Open();
        Task<long>[] owed = [.. Enumerable.Range(0, Older + 1).Select(i =>
        {
            var answered = new TaskCompletionSource<long>();
            var chat = new Chat(i < Older ? "first" : "last", ChatKind.Direct);
            var message = new OutsideMessage($"x.k{i}", "a", ConversationKey.OfChat("a", chat), Payloads.Write(chat, new Reply("older")));
            store.OweOutside(message, answer => answered.SetResult(answer.Value.Id));
            return answered.Task;
        })];
        Assert.True(Task.WaitAll(owed, StoreFolder.Patience));
        if (isLeased) store.Lease(owed[^1].Result);
        store.CloseCleanly();
    }

    private static void OweToLast(DispatchRig rig, string text)
    {
        var isOwed = false;
        var desk = new OutsideDesk(rig.Store, rig.Dispatcher, static () => ["a"]);
        desk.Owe(new("a", new Chat("last", ChatKind.Direct), new Reply(text), text), _ => isOwed = true);
        // Not a step of the dispatcher before it is owed: its row is in the mailbox together with the first page.
        StoreFolder.Until(() => isOwed);
    }
}
