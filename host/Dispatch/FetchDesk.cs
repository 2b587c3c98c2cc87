using PluginGateway.Guard;
using PluginGateway.Media;
using PluginGateway.Threads;

namespace PluginGateway.Dispatch;

/// <summary>An attachment that was fetched, or a sentence why not.</summary>
internal readonly record struct FetchAnswer(FetchedFile? File, string Problem);

/// <summary>Fetches attachments when somebody asks: through the adapter's guard, into the media folder, once for all who ask within a day. Any thread; what touches the disk does so
/// on a thread of its own, and so do the answers come.</summary>
internal sealed class FetchDesk(MediaFolder media, Action<string, FetchCall, Action<string>> post, TimeProvider clock)
{
    /// <summary>Fetches through one adapter that may be under way or wait.</summary>
    public const int MostOfOne = 32;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly object _gate = new();
    private readonly Dictionary<string, (string AdapterId, List<Action<FetchAnswer>> Waiting)> _open = new(StringComparer.Ordinal);
    private readonly Mailbox<Action> _work = new();
    private int _started;

    public void Fetch(string adapterId, long inboxId, int index, Attachment attachment, Action<FetchAnswer> done)
    {
        // Never a name from the platform.
        var name = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"in-{inboxId}-{index}");
        if (attachment.Size > media.Limits.MaxFileBytes)
        {
            done(TooLarge(attachment.Size.Value));
            return;
        }

        using (Held.On(_gate))
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
        else Later(() => Look(new Fetching(this, adapterId, name, attachment)));
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

    private static void Nobody(FetchAnswer answer)
    {
    }

    private void Look(Fetching fetching)
    {
        try
        {
            if (Refresh(fetching.Name) is { } known)
            {
                Conclude(fetching.Name, new(new FetchedFile(known.FullName, known.Length, fetching.Attachment.ContentType), ""));
                return;
            }

            media.Prepare();
            fetching.Path = Path.Combine(media.Path, Guid.NewGuid().ToString("N") + MediaFolder.Unfinished);
            var call = new FetchCall(new AttachmentRequest(fetching.Attachment, fetching.Path, media.Limits.MaxFileBytes), fetching);
            post(fetching.AdapterId, call, refusal => Conclude(fetching.Name, new(null, refusal)));
        }
        catch (Exception problem)
        {
            Conclude(fetching.Name, new(null, problem.Message));
        }
    }

    /// <summary>A file that has been fetched before, made young, so that the keeper leaves it for another while; pinned meanwhile, because the keeper may have listed it as old.</summary>
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

    private void Land(Fetching fetching, FetchCall call)
    {
        FetchAnswer answer;
        try
        {
            answer = call.End.Kind == CallEndKind.Completed ? Take(fetching, call.Value!) : new(null, $"The attachment could not be fetched: fetch {call.End.Describe()}.");
            if (answer.File is null) File.Delete(fetching.Path);
        }
        catch (Exception problem)
        {
            answer = new(null, problem.Message);
        }

        Conclude(fetching.Name, answer);
    }

    /// <summary>What the adapter says of the file is not believed; what is there is.</summary>
    private FetchAnswer Take(Fetching fetching, FetchedAttachment fetched)
    {
        var file = new FileInfo(fetching.Path);
        if (!file.Exists || file.Attributes.HasFlag(FileAttributes.ReparsePoint)) return new(null, "The adapter says that it has fetched the attachment, and has written no file.");
        if (file.Length > media.Limits.MaxFileBytes) return TooLarge(file.Length);
        if (file.Length != fetched.Size) return new(null, $"The attachment came incomplete: {file.Length} bytes were written, and there are {fetched.Size}.");
        var (path, size) = (Path.Combine(media.Path, fetching.Name), file.Length);
        media.Reserve(fetching.AdapterId, size);
        try
        {
            // What has no length may be no file: a pipe would hold its reader for ever.
            if (size == 0) Empty(file);
            file.UnixFileMode = OwnerOnly;
            file.MoveTo(path, overwrite: true);
        }
        catch
        {
            media.Shares.Return(fetching.AdapterId, size);
            throw;
        }

        media.Shares.Finish(fetching.Name, fetching.AdapterId, size, null);
        return new(new FetchedFile(path, size, fetched.ContentType ?? fetching.Attachment.ContentType), "");
    }

    private static void Empty(FileInfo file)
    {
        file.Delete();
        file.Create().Dispose();
    }

    private FetchAnswer TooLarge(long size) =>
        new(null, $"The attachment has {size} bytes; at most {media.Limits.MaxFileBytes} are fetched (setting: gateway.media.maxFileMegabytes).");

    private void Conclude(string name, FetchAnswer answer)
    {
        List<Action<FetchAnswer>> waiting;
        using (Held.On(_gate))
        {
            waiting = _open[name].Waiting;
            _open.Remove(name);
        }

        foreach (var done in waiting) done(answer);
    }

    /// <summary>One attachment on its way. An attempt that was given up may still be writing: every attempt has a file of its own.</summary>
    private sealed class Fetching(FetchDesk desk, string adapterId, string name, Attachment attachment) : ICallSink
    {
        public string AdapterId { get; } = adapterId;

        public string Name { get; } = name;

        public Attachment Attachment { get; } = attachment;

        public string Path { get; set; } = "";

        public void Settled(GuardedCall call) => desk.Later(() => desk.Land(this, (FetchCall)call));
    }
}
