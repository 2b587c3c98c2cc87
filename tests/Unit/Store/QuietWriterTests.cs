using System.Runtime.ExceptionServices;
using PluginGateway.Store;
using PluginGateway.Store.Engine;

namespace PluginGateway.Tests.Store;

/// <summary>A plugin that listens to first-chance exceptions runs on the thread that throws: the store's threads throw nothing, whatever goes wrong.</summary>
public sealed class QuietWriterTests
{
    [Fact]
    public void Store_that_is_full_locked_or_gone_throws_nothing_on_its_threads_and_goes_on()
    {
        using var folder = new StoreFolder();
        var thrown = new List<string>();
        AppDomain.CurrentDomain.FirstChanceException += Listen;
        try
        {
            var store = folder.Open(o => o with { MaxPages = 200, ProbeEvery = TimeSpan.FromMilliseconds(20) });
            var ids = new List<long>();
            CommandResult<Accepted> commandResult;
            while ((commandResult = store.Accept(StoreFolder.Entry($"e{ids.Count}", text: new string('x', 20_000)))).IsDurable) ids.Add(commandResult.Value.InboxId);
            Assert.Equal(StoreCode.Full, commandResult.Failure!.Code);
            var ledger = new ReplyLedger();
            ledger.Lose();
            Assert.Equal(StoreCode.ReplyLost, store.End(ids[0], ledger).Failure?.Code);
            foreach (var id in ids) store.End(id);
            using (var other = new Browser(folder.Database)) Assert.False(store.Accept(StoreFolder.Entry("locked")).IsDurable);
            using (var other = new Browser(folder.Database, "DELETE FROM inbox")) Assert.NotNull(other);
            StoreFolder.Until(() => store.Failure is null);
            Assert.True(store.Accept(StoreFolder.Entry("after")).IsDurable);
            Assert.NotNull(store.Read(StoreFolder.Patience, static db => db.Scalar<long>("SELECT no_such_column FROM inbox")).Failure);
            File.Delete(folder.Database);
            StoreFolder.Until(() => store.Broken is not null);
            Assert.NotNull(store.Read(StoreFolder.Patience, static db => db.Scalar<long>("SELECT count(*) FROM inbox")).Failure);
            store.Close(StoreFolder.Patience);
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= Listen;
        }

        Assert.Empty(thrown);

        void Listen(object? sender, FirstChanceExceptionEventArgs raised)
        {
            if (Thread.CurrentThread.Name is not ("store writer" or "store reader")) return;
            lock (thrown) thrown.Add($"{Thread.CurrentThread.Name}: {raised.Exception.GetType()}: {raised.Exception.Message}\n{raised.Exception.StackTrace}");
        }
    }
}
