using PluginGateway.Media;
using PluginGateway.Serialization;
using PluginGateway.Store;
using PluginGateway.Threads;

namespace PluginGateway.Dispatch.Attachments;

/// <summary>Copies of the files of one reply, pinned until its row refers to them; or the problem.</summary>
internal readonly record struct CopyResult(IReadOnlyList<FilePayload> Files, Exception? Problem);

/// <summary>Copies the files of replies into the media folder, each reply's on a thread of its own: a file of a plugin's choice may be on a disk that
/// no longer answers. A copy that does not end in time is abandoned, and counts against its adapter until it does end.</summary>
/// <param name="media">The folder.</param>
/// <param name="later">Runs an action after a delay. Never blocks.</param>
internal sealed class AttachmentCopier(MediaFolder media, Action<TimeSpan, Action> later)
{
    /// <summary>Largest number of replies of one adapter whose files are copied at once.</summary>
    public const int MostOfOne = 8;

    /// <summary>Deadline for all files of a reply.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly object _gate = new();
    private readonly List<PendingCopy> _open = [];

    public MediaFolder Folder => media;

    /// <summary>Copies that are over their deadline and still run: a sentence for each adapter that has some. Any thread.</summary>
    public IReadOnlyList<(string AdapterId, string Text)> Late
    {
        get
        {
            using (UninterruptibleLock.Enter(_gate))
                return
                [
                    .. _open.Where(static copy => copy.IsLate).GroupBy(static copy => copy.AdapterId).Select(static late => (late.Key,
                        $"the files of {late.Count()} of the {MostOfOne} replies through adapter '{late.Key}' that may be copied at once have not been copied within {Deadline.TotalSeconds:0} s, first {late.First().Files}: their disk does not answer"))
                ];
        }
    }

    /// <summary>Begins to copy. Any thread; returns at once. The answer comes on the copying thread, or on that of <c>later</c>.</summary>
    /// <param name="adapterId">The adapter.</param>
    /// <param name="attachments">The files.</param>
    /// <param name="most">Largest size of a file in bytes; 0: as much as the limits allow.</param>
    /// <param name="done">Called with the result.</param>
    /// <param name="take">Called on the copying thread before the first file is opened; returns the reason of a failure, or null.</param>
    public void Begin(
        string adapterId, IReadOnlyList<OutboundAttachment> attachments, long most, Action<CopyResult> done, Func<string?>? take = null)
    {
        var copy = new PendingCopy(adapterId, string.Join(", ", attachments.Select(static file => $"'{file.Path}'")), done);
        if (!TryEnter(copy))
        {
            done(new([], new MediaException(
                $"The files of {MostOfOne} replies through adapter '{adapterId}' are being copied already; try again.", passes: true)));
            return;
        }

        try
        {
            LoopThread.Start("media copy", () =>
            {
                var copyResult = Copy(adapterId, attachments, most, take);
                if (!TryEnd(copy, copyResult)) Release(copyResult.Files);
            });
        }
        catch (OutOfMemoryException)
        {
            TryEnd(copy, new([], new MediaException("There is no thread to copy the files; try again.", passes: true)));
            return;
        }

        later(Deadline, () => Abandon(copy));
    }

    /// <summary>Unpins copies: their row refers to them now, or never will.</summary>
    public void Release(IReadOnlyList<FilePayload> files)
    {
        foreach (var file in files) media.Release(file.Path);
    }

    private bool TryEnter(PendingCopy copy)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_open.Count(open => open.AdapterId == copy.AdapterId) >= MostOfOne) return false;
            _open.Add(copy);
            return true;
        }
    }

    /// <summary>Ends a copy and answers it.</summary>
    /// <returns>False: it has been answered at its deadline.</returns>
    private bool TryEnd(PendingCopy copy, CopyResult copyResult)
    {
        using (UninterruptibleLock.Enter(_gate)) _open.Remove(copy);
        // From now on nothing abandons it.
        if (copy.IsLate) return false;
        copy.Done(copyResult);
        return true;
    }

    private void Abandon(PendingCopy copy)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!_open.Contains(copy)) return;
            copy.IsLate = true;
        }

        copy.Done(new([], new IOException($"The files could not be copied within {Deadline.TotalSeconds:0} s: {copy.Files}.")));
    }

    private CopyResult Copy(string adapterId, IReadOnlyList<OutboundAttachment> attachments, long most, Func<string?>? take)
    {
        var files = new List<FilePayload>();
        try
        {
            if (take?.Invoke() is { } reason) throw new IOException(reason);
            foreach (var attachment in attachments)
            {
                var file = Take(adapterId, attachment.Path, most);
                files.Add(new FilePayload(file.Name, attachment.Kind.Name(), attachment.Name, attachment.ContentType, file.Size));
                if (file.Size > media.Limits.MaxFileBytes) throw new MediaException(
                    $"The file has {file.Size} bytes; at most {media.Limits.MaxFileBytes} are allowed (setting: gateway.media.maxFileMegabytes).");
                if (most > 0 && file.Size > most)
                    throw new NotSupportedException($"The file has {file.Size} bytes; the adapter takes at most {most}.");
            }

            return new(files, null);
        }
        catch (Exception problem)
        {
            Release(files);
            return new([], problem is IOException or NotSupportedException ? problem : new IOException(problem.Message, problem));
        }
    }

    private MediaFile Take(string adapterId, string path, long most)
    {
        if (MediaFolder.IsName(path))
            return media.Pin(path) ?? throw new FileNotFoundException($"There is no uploaded file '{path}', or none any more.");
        if (!Path.IsPathFullyQualified(path)) throw new IOException($"'{path}' is no full path, nor the id of an uploaded file.");
        try
        {
            return media.Keep(path, adapterId, most);
        }
        catch (MediaException problem) when (!problem.PassesByItself && most > 0 && most < media.Limits.MaxFileBytes)
        {
            throw new NotSupportedException($"'{path}' is larger than the {most} bytes that the adapter takes.", problem);
        }
    }

    /// <summary>Files of one reply that are being copied.</summary>
    private sealed class PendingCopy(string adapterId, string files, Action<CopyResult> done)
    {
        public string AdapterId { get; } = adapterId;

        /// <summary>Paths, for sentences.</summary>
        public string Files { get; } = files;

        public Action<CopyResult> Done { get; } = done;

        /// <summary>True: it was answered at its deadline, and still runs.</summary>
        public bool IsLate { get; set; }
    }
}
