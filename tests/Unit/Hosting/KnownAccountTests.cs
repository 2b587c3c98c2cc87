using PluginGateway.Hosting;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Hosting;

/// <summary>The account of an adapter id over restarts, in a real store.</summary>
public sealed class KnownAccountTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_other_account_is_recalled_once_also_after_a_restart_and_for_its_own_adapter_only()
    {
        var old = new ConnectionInfo { AccountId = "1", AccountName = "old" };
        var renamed = old with { AccountName = null };
        var other = new ConnectionInfo { AccountId = "2", MaxTextLength = 5 };
        var store = _folder.Open();
        Assert.Empty(Recall(store, "a", ConnectionInfo.Empty));
        Assert.Empty(Recall(store, "a", old));
        Assert.Empty(Recall(store, "b", other));
        store.CloseCleanly();

        var next = _folder.Open();
        Assert.Empty(Recall(next, "a", old));
        Assert.Equal([old], Recall(next, "a", other));
        Assert.Empty(Recall(next, "a", other));
        Assert.Empty(Recall(next, "a", ConnectionInfo.Empty));
        Assert.Equal([other with { MaxTextLength = null }], Recall(next, "a", renamed));
        Assert.Equal([renamed], Recall(next, "a", old));
        next.CloseCleanly();
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\u0007")]
    [InlineData("a\u0007b\nname")]
    [InlineData(null)]
    public void Text_that_the_plugin_may_have_written_there_is_no_account_and_is_replaced(string? text)
    {
        var store = _folder.Open();
        var account = new ConnectionInfo { AccountId = "1", AccountName = "n" };
        StoreCalls.Wait<bool>(done => store.SetState("a", KnownAccount.Key, text ?? new string('x', 501), done));
        Assert.Equal([ConnectionInfo.Empty], Recall(store, "a", account));
        Assert.Equal("1\nn", StoreCalls.Wait<string?>(done => store.GetState("a", KnownAccount.Key, done)).Value);
        store.CloseCleanly();
    }

    private static List<ConnectionInfo> Recall(PluginGateway.Store.MessageStore store, string adapter, ConnectionInfo connection)
    {
        var recalled = new List<ConnectionInfo>();
        KnownAccount.Recall(store, adapter, connection, recalled.Add);
        // Commands of the store are answered in order: first the read, then the write that it may have queued.
        for (var i = 0; i < 2; i++) StoreCalls.Wait<string?>(done => store.GetState(adapter, "another", done));
        return recalled;
    }
}
