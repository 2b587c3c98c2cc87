using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch.Attachments;
using PluginGateway.Guard.Calls;
using PluginGateway.Media;
using PluginGateway.Store;
using PluginGateway.Store.Verbs;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Media;

public sealed class MediaCollectorTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);
    private readonly StoreFolder _folder = new();
    private readonly MessageStore _store;
    private readonly MediaFolder _media;
    private readonly MediaCollector _collector;

    public MediaCollectorTests()
    {
        _store = _folder.Open();
        _media = new MediaFolder(_folder.Folder, new MediaLimits { MaxFileMegabytes = 1, MaxTotalMegabytes = 2 });
        // It waits for the store's own thread on a clock that stands still.
        _collector = new MediaCollector(_media, _store, _clock, NullLogger<MediaCollector>.Instance);
    }

    public void Dispose()
    {
        _store.Close(StoreFolder.Patience);
        _folder.Dispose();
    }

    [Fact]
    public void The_same_content_is_one_file_whoever_keeps_it()
    {
        var (one, two) = (Keep("same"), Keep("same"));
        Assert.Equal(one, two);
        Assert.Equal((one.Name, 4), (Path.GetFileName(Assert.Single(Directory.GetFiles(_media.Path))), _media.Used));
        Assert.Equal("same", File.ReadAllText(one.Path));
        Assert.Null(_media.Pin("../" + one.Name[3..]));
    }

    [Fact]
    public void Files_of_messages_that_are_owed_or_parked_stay_and_others_go_after_a_day()
    {
        var (owed, parked, delivered, unused) = (Owe("owed"), Owe("parked"), Owe("delivered"), Keep("unused"));
        _media.Release(unused.Name);
        _store.Park(parked.Row);
        _store.Deliver(delivered.Row);
        File.WriteAllText(Path.Combine(_media.Path, "left" + MediaFolder.Unfinished), "");
        _clock.Advance(TimeSpan.FromHours(23));
        _collector.Round();
        Assert.Equal(4, Directory.GetFiles(_media.Path).Length);
        _clock.Advance(TimeSpan.FromHours(2));
        _collector.Round();
        Assert.Equal(new[] { owed.Name, parked.Name }.Order(), Directory.GetFiles(_media.Path).Select(Path.GetFileName).Order());
        Assert.Equal(10, _media.Used);
    }

    [Fact]
    public void File_that_is_pinned_stays_however_old()
    {
        var pinned = Keep("pinned");
        _clock.Advance(TimeSpan.FromDays(2));
        _collector.Round();
        Assert.True(File.Exists(pinned.Path));
        _media.Release(pinned.Name);
        _collector.Round();
        Assert.False(File.Exists(pinned.Path));
    }

    [Fact]
    public void A_fetched_file_that_somebody_asks_for_again_is_young_again_also_while_the_collector_is_about_to_delete_it()
    {
        var fetcher = new AttachmentFetcher(_media, (_, call, _) =>
        {
            File.WriteAllText(call.Request.Path, "content");
            call.Accept(new FetchedAttachment(7, null));
            call.Finish(new CallEnd(CallEndKind.Completed, CallStage.Awaiting, TimeSpan.Zero, null));
        }, static (_, _) => { }, _clock);
        var path = Fetch().Path;
        File.SetLastWriteTimeUtc(path, _clock.GetUtcNow().UtcDateTime);
        _clock.Advance(TimeSpan.FromDays(2));

        // The collector has listed it as old, and somebody is given it.
        var listed = Assert.Single(_media.List());
        Assert.Equal(path, Fetch().Path);
        Assert.False(_media.Delete(listed));
        Assert.True(File.Exists(path));

        _clock.Advance(TimeSpan.FromHours(23));
        _collector.Round();
        Assert.True(File.Exists(path));
        _clock.Advance(TimeSpan.FromHours(2));
        _collector.Round();
        Assert.False(File.Exists(path));

        FetchedFile Fetch()
        {
            using var done = new ManualResetEventSlim();
            FetchResult result = default;
            fetcher.Fetch("a", 1, 0, new Attachment("reference", AttachmentKind.File), found =>
            {
                result = found;
                done.Set();
            });
            Assert.True(done.Wait(StoreFolder.Patience));
            return result.File!;
        }
    }

    [Fact]
    public void A_full_folder_refuses_new_files_and_forgets_unused_ones_early_but_never_what_is_owed()
    {
        var owed = Owe(new string('o', 900_000));
        _media.Release(Keep(new string('u', 900_000)).Name);
        var full = Assert.Throws<MediaException>(() => Keep(new string('n', 900_000)));
        Assert.True(full.PassesByItself);
        Assert.Equal(1_800_000, _media.Used);
        _collector.Round();
        Assert.Equal(2, Directory.GetFiles(_media.Path).Length);
        _clock.Advance(TimeSpan.FromMinutes(11));
        _collector.Round();
        Assert.Equal(owed.Name, Path.GetFileName(Assert.Single(Directory.GetFiles(_media.Path))));
        Keep(new string('n', 900_000));
    }

    [Fact]
    public void Files_of_one_adapter_leave_the_others_their_share_also_after_a_restart()
    {
        _media.Shares.Divide(["a", "quiet"]);
        var owed = Owe(new string('o', 700_000));
        Assert.True(File.Exists(Path.Combine(_media.Path, owed.Name)));
        Keep(new string('p', 600_000));
        var refused = Assert.Throws<MediaException>(() => Keep(new string('q', 200_000)));
        Assert.True(refused.PassesByItself);
        Assert.Contains("Files of adapter 'a' would take", refused.Message, StringComparison.Ordinal);
        Assert.StartsWith("Files of adapter 'a' would take", Assert.Single(_media.Shares.Refusals), StringComparison.Ordinal);
        Keep(new string('r', 300_000), "quiet");
        Assert.Equal(1_600_000, _media.Used);

        var after = new MediaFolder(_folder.Folder, _media.Limits);
        after.Shares.Divide(["a", "quiet"]);
        new MediaCollector(after, _store, _clock, NullLogger<MediaCollector>.Instance).Round();
        Assert.Contains("Files of adapter 'a'", after.Shares.TryReserve("a", 100_000), StringComparison.Ordinal);
        Assert.Null(after.Shares.TryReserve("quiet", 100_000));
    }

    [Fact]
    public void The_same_content_of_two_adapters_counts_for_the_first()
    {
        var (one, two) = (Keep("same"), Keep("same", "b"));
        Assert.Equal((one, 4), (two, _media.Used));
        _media.Release(one.Name);
        _media.Release(one.Name);
        _clock.Advance(TimeSpan.FromDays(2));
        _collector.Round();
        Assert.Equal(0, _media.Used);
    }

    [Fact]
    public void File_that_is_too_large_leaves_nothing()
    {
        var refused = Assert.Throws<MediaException>(() => Keep(new string('l', (1024 * 1024) + 1)));
        Assert.False(refused.PassesByItself);
        Assert.Contains("gateway.media.maxFileMegabytes", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_media.Path));
        Assert.Equal(0, _media.Used);
    }

    private MediaFile Keep(string content, string owner = "a")
    {
        var path = Path.Combine(_folder.Folder, "source");
        File.WriteAllText(path, content);
        return _media.Keep(path, owner);
    }

    private (string Name, long Row) Owe(string content)
    {
        var file = Keep(content);
        var message = new OutboxEntry($"x.{file.Name}", "a", "a/1", [1]) { Files = [file.Name] };
        var result = StoreCalls.Wait<EnqueueResult>(done => _store.Enqueue(message, done)).Value;
        _media.Release(file.Name);
        return (file.Name, result.Id);
    }
}
