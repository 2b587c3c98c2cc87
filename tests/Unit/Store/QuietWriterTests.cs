using System.Runtime.ExceptionServices;
using PluginGateway.Store;
using PluginGateway.Store.Engine;

namespace PluginGateway.Tests.Store;

/// <summary>A plugin that listens to first-chance exceptions runs on the thread that throws: the store's threads throw nothing, whatever goes
/// wrong.</summary>
public sealed class QuietWriterTests
{
    [Fact]
    public void Store_that_is_full_locked_or_gone_throws_nothing_on_its_threads_and_goes_on()
    {
        using var folder = new StoreFolder();
        AssertThrowsNothing(() =>
        {
            var store = folder.Open(o => o with { MaxPages = 200, ProbeEvery = TimeSpan.FromMilliseconds(20) });
            var ids = new List<long>();
            CommandResult<Accepted> commandResult;
            while ((commandResult = store.Accept(StoreFolder.Entry($"e{ids.Count}", text: new string('x', 20_000)))).IsDurable)
                ids.Add(commandResult.Value.InboxId);
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
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Data_folder_that_is_removed_or_moved_throws_nothing_on_the_threads_of_the_store(bool isRemoved)
    {
        using var folder = new StoreFolder();
        var data = Path.Combine(folder.Folder, "data");
        AssertThrowsNothing(() =>
        {
            var store = folder.Open(o => o with { Path = Path.Combine(data, "gateway.db"), LookEvery = TimeSpan.Zero });
            store.Stored("e0");
            if (isRemoved) Directory.Delete(data, recursive: true);
            else Directory.Move(data, Path.Combine(folder.Folder, "moved"));
            StoreFolder.Until(() => store.Broken is not null);
            Assert.Contains(isRemoved ? "could not be copied to" : "wherever it was moved to", store.Broken!.Message, StringComparison.Ordinal);
            store.Close(StoreFolder.Patience);
        });
    }

    /// <summary>The copy of what was in a removed database is in the way of another: it is left, and said.</summary>
    [Fact]
    public void Copy_that_cannot_be_made_throws_nothing_on_the_threads_of_the_store()
    {
        using var folder = new StoreFolder();
        AssertThrowsNothing(() =>
        {
            var store = folder.Open(o => o with { LookEvery = TimeSpan.FromMilliseconds(300) });
            store.Stored("e0");
            for (var i = -1; i < 30; i++)
                Directory.CreateDirectory($"{folder.Database}.rescued-{DateTime.UtcNow.AddSeconds(i):yyyyMMdd'T'HHmmss'Z'}.unfinished");
            File.Delete(folder.Database);
            StoreFolder.Until(() => store.Broken is not null);
            Assert.Contains("could not be copied to", store.Broken!.Message, StringComparison.Ordinal);
            store.Close(StoreFolder.Patience);
        });
    }

    private static void AssertThrowsNothing(Action run)
    {
        var thrown = new List<string>();
        AppDomain.CurrentDomain.FirstChanceException += Listen;
        try
        {
            run();
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= Listen;
        }

        Assert.Empty(thrown);

        void Listen(object? sender, FirstChanceExceptionEventArgs raised)
        {
            if (Thread.CurrentThread.Name is not ("store writer" or "store reader")) return;
            lock (thrown)
                thrown.Add($"{Thread.CurrentThread.Name}: {raised.Exception.GetType()}: {raised.Exception.Message}\n{raised.Exception.StackTrace}");
        }
    }
}
