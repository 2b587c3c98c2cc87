using PluginGateway.Guard.Calls;
using PluginGateway.Media;
using PluginGateway.Posix;
using PluginGateway.Threads;

namespace PluginGateway.Dispatch.Attachments;

/// <summary>A fetched attachment, or the problem as a sentence.</summary>
internal readonly record struct FetchResult(FetchedFile? File, string Problem);

/// <summary>Fetches attachments on request: through the adapter's guard, into the media folder, once for all callers until the collector deletes the
/// file. Any thread; disk access is on a thread of its own, on which the answers come too.</summary>
internal sealed class AttachmentFetcher(MediaFolder media, Action<string, FetchCall, Action<string>> post, TimeProvider clock)
{
    /// <summary>Largest number of fetches of one adapter that are under way or wait.</summary>
    public const int MostOfOne = 32;

    private readonly object _gate = new();
    private readonly Dictionary<string, (string AdapterId, List<Action<FetchResult>> Waiting)> _open = new(StringComparer.Ordinal);
    private readonly Mailbox<Action> _work = new();
    private int _started;

    public void Fetch(string adapterId, long inboxId, int index, Attachment attachment, Action<FetchResult> done)
    {
        // The name never contains a part that comes from the platform.
        var name = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"in-{inboxId}-{index}");
        if (attachment.Size > media.Limits.MaxFileBytes)
        {
            done(TooLarge(attachment.Size.Value));
            return;
        }

        using (UninterruptibleLock.Enter(_gate))
        {
            if (_open.TryGetValue(name, out var others))
            {
                others.Waiting.Add(done);
                return;
            }

            if (_open.Values.Count(open => open.AdapterId == adapterId) < MostOfOne)
            {
                _open.Add(name, (adapterId, [done]));
                done = Nobody;
            }
        }

        if (done != Nobody) done(new(null, $"{MostOfOne} attachments are being fetched through adapter '{adapterId}' already; try again."));
        else Later(() => Poll(new PendingFetch(this, adapterId, name, attachment)));
    }

    private void Later(Action work)
    {
        _work.Post(work);
        if (Interlocked.Exchange(ref _started, 1) == 1) return;
        LoopThread.Start("media fetch", () =>
        {
            while (true)
            {
                foreach (var next in _work.Take(TimeSpan.FromMinutes(1))) next();
            }
        });
    }

    private static void Nobody(FetchResult result)
    {
    }

    private void Poll(PendingFetch pendingFetch)
    {
        try
        {
            if (Refresh(pendingFetch.Name) is { } known)
            {
                Conclude(pendingFetch.Name, new(new FetchedFile(known.FullName, known.Length, pendingFetch.Attachment.ContentType), ""));
                return;
            }

            media.Prepare();
            pendingFetch.Path = Path.Combine(media.Path, Guid.NewGuid().ToString("N") + MediaFolder.Unfinished);
            var call = new FetchCall(new AttachmentRequest(pendingFetch.Attachment, pendingFetch.Path, media.Limits.MaxFileBytes), pendingFetch);
            post(pendingFetch.AdapterId, call, refusal => Conclude(pendingFetch.Name, new(null, refusal)));
        }
        catch (Exception problem)
        {
            Conclude(pendingFetch.Name, new(null, problem.Message));
        }
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

    private void Land(PendingFetch pendingFetch, FetchCall call)
    {
        FetchResult result;
        try
        {
            result = call.End.Kind == CallEndKind.Completed ? Take(pendingFetch, call.Value!) : new(null, $"The attachment could not be fetched: fetch {call.End.Describe()}.");
            if (result.File is null) File.Delete(pendingFetch.Path);
        }
        catch (Exception problem)
        {
            result = new(null, problem.Message);
        }

        Conclude(pendingFetch.Name, result);
    }

    /// <summary>Moves a fetched file into its place. The size of the file itself counts, not that which the adapter names.</summary>
    private FetchResult Take(PendingFetch pendingFetch, FetchedAttachment fetched)
    {
        var file = new FileInfo(pendingFetch.Path);
        if (!file.Exists || file.Attributes.HasFlag(FileAttributes.ReparsePoint)) return new(null, "The adapter says that it has fetched the attachment, and has written no file.");
        if (file.Length > media.Limits.MaxFileBytes) return TooLarge(file.Length);
        if (file.Length != fetched.Size) return new(null, $"The attachment came incomplete: {file.Length} bytes were written, and there are {fetched.Size}.");
        var (path, size) = (Path.Combine(media.Path, pendingFetch.Name), file.Length);
        media.Reserve(pendingFetch.AdapterId, size);
        try
        {
            // A file without length may be no regular file: a pipe would block its reader for ever.
            if (size == 0) Empty(file);
            file.UnixFileMode = OwnerOnly.File;
            file.MoveTo(path, overwrite: true);
        }
        catch
        {
            media.Shares.Return(pendingFetch.AdapterId, size);
            throw;
        }

        media.Shares.Finish(pendingFetch.Name, pendingFetch.AdapterId, size, null);
        return new(new FetchedFile(path, size, fetched.ContentType ?? pendingFetch.Attachment.ContentType), "");
    }

    private static void Empty(FileInfo file)
    {
        file.Delete();
        file.Create().Dispose();
    }

    private FetchResult TooLarge(long size) =>
        new(null, $"The attachment has {size} bytes; at most {media.Limits.MaxFileBytes} are fetched (setting: gateway.media.maxFileMegabytes).");

    private void Conclude(string name, FetchResult result)
    {
        List<Action<FetchResult>> waiting;
        using (UninterruptibleLock.Enter(_gate))
        {
            waiting = _open[name].Waiting;
            _open.Remove(name);
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

        public void Settled(GuardedCall call) => fetcher.Later(() => fetcher.Land(this, (FetchCall)call));
    }
}
