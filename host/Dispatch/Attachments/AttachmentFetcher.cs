using PluginGateway.Guard.Calls;
using PluginGateway.Media;
using PluginGateway.Posix;
using PluginGateway.Threads;

namespace PluginGateway.Dispatch.Attachments;

/// <summary>A fetched attachment, or the problem as a sentence.</summary>
internal readonly record struct FetchResult(FetchedFile? File, string Problem);

/// <summary>Fetches attachments on request: through the adapter's guard, into the media folder, once for all callers until the collector deletes the
/// file. Any thread; disk access is on a thread of its own, on which the answers come too, or on that of <c>later</c>.</summary>
/// <param name="media">The folder.</param>
/// <param name="post">Has an adapter called, or says why not. Never blocks.</param>
/// <param name="later">Runs an action after a delay. Never blocks.</param>
/// <param name="clock">The clock.</param>
internal sealed class AttachmentFetcher(
    MediaFolder media, Action<string, FetchCall, Action<string>> post, Action<TimeSpan, Action> later, TimeProvider clock)
{
    /// <summary>Largest number of fetches of one adapter that are under way or wait.</summary>
    public const int MostOfOne = 32;

    private readonly object _gate = new();
    private readonly Dictionary<string, PendingFetch> _open = new(StringComparer.Ordinal);
    private readonly MediaDisk _disk = new("media fetch", clock);

    /// <summary>Heartbeat of the thread that accesses the disk.</summary>
    public Heartbeat Heartbeat => _disk.Heartbeat;

    /// <summary>Starts that thread.</summary>
    public void Start() => _disk.Start();

    /// <summary>Fetches one attachment. Any thread; never blocks.</summary>
    /// <param name="adapterId">Adapter that received the message.</param>
    /// <param name="inboxId">Message.</param>
    /// <param name="index">Place of the attachment in the message, from 0.</param>
    /// <param name="attachment">Attachment.</param>
    /// <param name="done">Called once with the answer: at the latest two disk deadlines and the deadline of the adapter's call from now.</param>
    public void Fetch(string adapterId, long inboxId, int index, Attachment attachment, Action<FetchResult> done)
    {
        if (attachment.Size > media.Limits.MaxFileBytes)
        {
            done(TooLarge(attachment.Size.Value));
            return;
        }

        // The name never contains a part that comes from the platform.
        var name = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"in-{inboxId}-{index}");
        var refusal = Enter(name, adapterId, attachment, done, out var first);
        if (refusal is not null) done(new(null, refusal));
        else if (first is not null) OnDisk(first, () => Begin(first));
    }

    /// <summary>Adds a caller to an open fetch, or opens one.</summary>
    /// <returns>Reason for a refusal; null: the caller is answered later.</returns>
    private string? Enter(string name, string adapterId, Attachment attachment, Action<FetchResult> done, out PendingFetch? first)
    {
        first = null;
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_open.TryGetValue(name, out var open))
            {
                if (open.IsLate) return MediaDisk.IsLate;
                open.Waiting.Add(done);
                return null;
            }

            if (_open.Values.Count(open => open.AdapterId == adapterId) >= MostOfOne)
                return $"{MostOfOne} attachments are being fetched through adapter '{adapterId}' already; try again.";
            _open.Add(name, first = new PendingFetch(this, adapterId, name, attachment) { Waiting = [done] });
            return null;
        }
    }

    /// <summary>Runs a step of a fetch on the disk. A step that does not end in time keeps its place in the adapter's share, and its callers are
    /// answered.</summary>
    /// <param name="fetch">Fetch.</param>
    /// <param name="step">Step; returns the result of the fetch, or null: it goes on.</param>
    private void OnDisk(PendingFetch fetch, Func<FetchResult?> step)
    {
        int number;
        using (UninterruptibleLock.Enter(_gate)) number = fetch.Step = ++fetch.Steps;
        _disk.Post(() =>
        {
            FetchResult? result;
            try
            {
                result = step();
            }
            catch (Exception problem)
            {
                result = new(null, problem.Message);
            }

            using (UninterruptibleLock.Enter(_gate))
            {
                if (fetch.Step == number) (fetch.Step, fetch.IsLate) = (0, false);
            }

            if (result is { } ended) Conclude(fetch, ended);
        });
        later(MediaDisk.Deadline, () =>
        {
            List<Action<FetchResult>> waiting;
            using (UninterruptibleLock.Enter(_gate))
            {
                if (fetch.Step != number) return;
                (waiting, fetch.Waiting, fetch.IsLate) = (fetch.Waiting, [], true);
            }

            foreach (var done in waiting) done(new(null, MediaDisk.IsLate));
        });
    }

    /// <summary>Returns the file of an earlier fetch; else has the adapter called, and returns null.</summary>
    private FetchResult? Begin(PendingFetch fetch)
    {
        if (Refresh(fetch.Name) is { } known) return new(new FetchedFile(known.FullName, known.Length, fetch.Attachment.ContentType), "");
        media.Prepare();
        fetch.Path = Path.Combine(media.Path, Guid.NewGuid().ToString("N") + MediaFolder.Unfinished);
        var call = new FetchCall(new AttachmentRequest(fetch.Attachment, fetch.Path, media.Limits.MaxFileBytes), fetch);
        post(fetch.AdapterId, call, refusal => Conclude(fetch, new(null, refusal)));
        return null;
    }

    /// <summary>Returns a file that has been fetched before, touched so that the collector keeps it for another while; pinned meanwhile, because the
    /// collector may have listed it as old.</summary>
    private FileInfo? Refresh(string name)
    {
        media.Hold(name);
        try
        {
            var known = new FileInfo(Path.Combine(media.Path, name));
            if (!known.Exists) return null;
            known.LastWriteTimeUtc = clock.GetUtcNow().UtcDateTime;
            return known;
        }
        finally
        {
            media.Release(name);
        }
    }

    private FetchResult Land(PendingFetch fetch, FetchCall call)
    {
        var result = call.End.Kind == CallEndKind.Completed
            ? Take(fetch, call.Value!)
            : new(null, $"The attachment could not be fetched: fetch {call.End.Describe()}.");
        if (result.File is null) File.Delete(fetch.Path);
        return result;
    }

    /// <summary>Moves a fetched file into its place. The size of the file itself counts, not that which the adapter names.</summary>
    private FetchResult Take(PendingFetch fetch, FetchedAttachment fetched)
    {
        var file = new FileInfo(fetch.Path);
        if (!file.Exists || file.Attributes.HasFlag(FileAttributes.ReparsePoint))
            return new(null, "The adapter says that it has fetched the attachment, and has written no file.");
        if (file.Length > media.Limits.MaxFileBytes) return TooLarge(file.Length);
        if (file.Length != fetched.Size)
            return new(null, $"The attachment came incomplete: {file.Length} bytes were written, and there are {fetched.Size}.");
        var (path, size) = (Path.Combine(media.Path, fetch.Name), file.Length);
        media.Reserve(fetch.AdapterId, size);
        try
        {
            // A file without length may be no regular file: a pipe would block its reader for ever.
            if (size == 0) Empty(file);
            file.UnixFileMode = OwnerOnly.File;
            file.MoveTo(path, overwrite: true);
        }
        catch
        {
            media.Shares.Return(fetch.AdapterId, size);
            throw;
        }

        media.Shares.Finish(fetch.Name, fetch.AdapterId, size, null);
        return new(new FetchedFile(path, size, fetched.ContentType ?? fetch.Attachment.ContentType), "");
    }

    private static void Empty(FileInfo file)
    {
        file.Delete();
        file.Create().Dispose();
    }

    private FetchResult TooLarge(long size) =>
        new(null, $"The attachment has {size} bytes; at most {media.Limits.MaxFileBytes} are fetched (setting: gateway.media.maxFileMegabytes).");

    private void Conclude(PendingFetch fetch, FetchResult result)
    {
        List<Action<FetchResult>> waiting;
        using (UninterruptibleLock.Enter(_gate))
        {
            _open.Remove(fetch.Name);
            (waiting, fetch.Waiting) = (fetch.Waiting, []);
        }

        foreach (var done in waiting) done(result);
    }

    /// <summary>One attachment being fetched. An abandoned attempt may still be writing: every attempt has a file of its own.</summary>
    private sealed class PendingFetch(AttachmentFetcher fetcher, string adapterId, string name, Attachment attachment) : ICallSink
    {
        public string AdapterId { get; } = adapterId;

        public string Name { get; } = name;

        public Attachment Attachment { get; } = attachment;

        public string Path { get; set; } = "";

        /// <summary>Callers that are answered when the fetch ends.</summary>
        public List<Action<FetchResult>> Waiting { get; set; } = [];

        /// <summary>Number of steps on the disk that have begun.</summary>
        public int Steps { get; set; }

        /// <summary>Step that waits for the disk or runs; 0: none.</summary>
        public int Step { get; set; }

        /// <summary>True while a step runs that is over its deadline.</summary>
        public bool IsLate { get; set; }

        public void Settled(GuardedCall call) => fetcher.OnDisk(this, () => fetcher.Land(this, (FetchCall)call));
    }
}
