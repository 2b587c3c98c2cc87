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
        }, TimeProvider.System);
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

    private static void Fetch(FetchCall call)
    {
        File.WriteAllText(call.Request.Path, "content");
        call.Accept(new FetchedAttachment(7, null));
        call.Finish(new CallEnd(CallEndKind.Completed, CallStage.Awaiting, TimeSpan.Zero, null));
    }
}
