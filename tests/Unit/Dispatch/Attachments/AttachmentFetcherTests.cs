using PluginGateway.Dispatch.Attachments;
using PluginGateway.Guard.Calls;
using PluginGateway.Media;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.Attachments;

public sealed class AttachmentFetcherTests : IDisposable
{
    private readonly DirectoryInfo _own = Directory.CreateTempSubdirectory("fetcher-");

    public void Dispose() => _own.Delete(recursive: true);

    [Fact]
    public void Fetches_that_hang_take_the_share_of_their_own_adapter_only_and_give_it_back_when_they_end()
    {
        var (hanging, results) = (new List<FetchCall>(), new List<FetchResult>());
        var fetcher = new AttachmentFetcher(new MediaFolder(_own.FullName, new()), (adapterId, call, _) =>
        {
            if (adapterId == "good") Fetch(call);
            else lock (hanging) hanging.Add(call);
        }, static (_, _) => { }, TimeProvider.System);
        for (var i = 0; i < 40; i++) Begin("bad", i);
        StoreFolder.Until(() => Count() == 40 - AttachmentFetcher.MostOfOne && Hanging() == AttachmentFetcher.MostOfOne);
        const string Refusal = "32 attachments are being fetched through adapter 'bad' already";
        Assert.All(results, static result => Assert.Contains(Refusal, result.Problem, StringComparison.Ordinal));
        Begin("good", 100);
        StoreFolder.Until(() => Count() == 41 - AttachmentFetcher.MostOfOne);
        Assert.NotNull(results[^1].File);

        lock (hanging) hanging.ForEach(Fetch);
        StoreFolder.Until(() => Count() == 41);
        Begin("bad", 200);
        StoreFolder.Until(() => Hanging() == AttachmentFetcher.MostOfOne + 1);

        void Begin(string adapterId, int message) => fetcher.Fetch(adapterId, message, 0, new Attachment("reference", AttachmentKind.File), result =>
        {
            lock (results) results.Add(result);
        });

        int Count()
        {
            lock (results) return results.Count;
        }

        int Hanging()
        {
            lock (hanging) return hanging.Count;
        }
    }

    [Fact]
    public void A_disk_that_hangs_answers_those_who_wait_at_the_deadline_and_keeps_the_fetch_open_until_it_ends()
    {
        using var gate = new ManualResetEventSlim();
        var media = new MediaFolder(_own.FullName, new());
        // The folder's pressure is told on the thread that accesses the disk: there the test holds it.
        media.Reserve("", media.Limits.MaxTotalBytes);
        media.OnFull = () => gate.Wait(StoreFolder.Patience);
        var (deadlines, results) = (new List<Action>(), new List<FetchResult>());
        var fetcher = new AttachmentFetcher(media, static (_, call, _) => Fetch(call), (_, action) =>
        {
            lock (deadlines) deadlines.Add(action);
        }, TimeProvider.System);
        Begin();
        Begin();
        StoreFolder.Until(() => fetcher.Heartbeat.WaitsFor == "the disk of the media folder" && Deadlines().Length == 2);
        Assert.Empty(results);
        foreach (var deadline in Deadlines()) deadline();
        Assert.Equal(2, results.Count);
        Begin();
        Assert.Equal(3, results.Count);
        Assert.All(results, static result => Assert.Equal("The disk of the media folder did not answer within 10 s; try again.", result.Problem));

        media.OnFull = null;
        media.Shares.Return("", media.Limits.MaxTotalBytes);
        gate.Set();
        StoreFolder.Until(() => fetcher.Heartbeat.WaitsFor is null);
        Begin();
        StoreFolder.Until(() => results.Count == 4);
        foreach (var deadline in Deadlines()) deadline();
        Assert.Equal(4, results.Count);
        Assert.NotNull(results[3].File);

        Action[] Deadlines()
        {
            lock (deadlines) return [.. deadlines];
        }

        void Begin() => fetcher.Fetch("a", 1, 0, new Attachment("reference", AttachmentKind.File), results.Add);
    }

    private static void Fetch(FetchCall call)
    {
        File.WriteAllText(call.Request.Path, "content");
        call.Accept(new FetchedAttachment(7, null));
        call.Finish(new CallEnd(CallEndKind.Completed, CallStage.Awaiting, TimeSpan.Zero, null));
    }
}
