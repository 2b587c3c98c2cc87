using PluginGateway.Dispatch.External;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Loading;
using PluginGateway.Store;
using PluginGateway.Store.Verbs;
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
        var fixture = new DispatchFixture(folder: new StoreFolder(folder.Folder));
        var adapter = fixture.Attach();
        adapter.Always = SendResult.Sent("m");
        OweToLast(fixture, "new");
        fixture.Until(() => adapter.Sends.Count(static send => send.Message.Chat.Id == "last") == 2);
        Assert.Equal(["older", "new"], adapter.Sends.Where(static send => send.Message.Chat.Id == "last").Select(static send => send.Message.Text));
        fixture.Store.CloseCleanly();
    }

    [Fact]
    public void Message_from_outside_is_sent_once_while_one_in_doubt_of_its_chat_is_read()
    {
        using var folder = new StoreFolder();
        Leave(folder, isLeased: true);
        var fixture = new DispatchFixture(folder: new StoreFolder(folder.Folder));
        var adapter = fixture.Attach();
        OweToLast(fixture, "new");
        fixture.Until(() => adapter.Sends.Any(static send => send.Message.Text == "new"));
        for (var i = 0; i < 5; i++) fixture.Settle();
        Assert.Equal(["new"], adapter.Sends.Where(static send => send.Message.Chat.Id == "last").Select(static send => send.Message.Text));
        Assert.Equal(1, fixture.Store.Balance().Outbound.Parked);
        fixture.Store.CloseCleanly();
    }

    [Fact]
    public void Two_messages_in_doubt_of_one_chat_are_both_parked_and_neither_is_sent()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        foreach (var key in (string[])["e1", "e2", "e3"]) store.Lease(store.Owe(store.Stored(key), 0).Row!.Id);
        store.CloseCleanly();
        var fixture = new DispatchFixture(folder: new StoreFolder(folder.Folder));
        var adapter = fixture.Attach();
        // Each step lets the writer finish one thing at most.
        fixture.Until(() => fixture.Store.Balance().Outbound.Parked == 3);
        fixture.Settle();
        Assert.Empty(adapter.Sends);
        Assert.Equal(0, fixture.Snapshot.SendsInFlight);
        fixture.Store.CloseCleanly();
    }

    private static void Leave(StoreFolder folder, bool isLeased)
    {
        var store = folder.Open();
        Task<long>[] owed = [.. Enumerable.Range(0, Older + 1).Select(i =>
        {
            var answered = new TaskCompletionSource<long>();
            var chat = new Chat(i < Older ? "first" : "last", ChatKind.Direct);
            var message = new OutboxEntry($"x.k{i}", "a", ConversationKey.OfChat("a", chat), Payloads.Write(chat, new Reply("older")));
            store.Enqueue(message, commandResult => answered.SetResult(commandResult.Value.Id));
            return answered.Task;
        })];
        Assert.True(Task.WaitAll(owed, StoreFolder.Patience));
        if (isLeased) store.Lease(owed[^1].Result);
        store.CloseCleanly();
    }

    private static void OweToLast(DispatchFixture fixture, string text)
    {
        var isOwed = false;
        var api = new MessageApi(fixture.Store, fixture.Dispatcher, static () => ["a"]);
        api.Enqueue(new("a", new Chat("last", ChatKind.Direct), new Reply(text), text), _ => isOwed = true);
        // Not a step of the dispatcher before it is owed: its row is in the mailbox together with the first page.
        StoreFolder.Until(() => isOwed);
    }
}
