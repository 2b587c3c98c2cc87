using PluginGateway.Media;
using PluginGateway.Store;
using PluginGateway.Threads;

namespace PluginGateway.Dispatch;

/// <summary>Copies of the files of one reply, pinned until its row refers to them; or why there are none.</summary>
internal readonly record struct Copied(IReadOnlyList<FilePayload> Files, Exception? Problem);

/// <summary>Takes the files of replies into the media folder, each reply's on a throw-away thread: a file of a plugin's choice can be anything, also one that never ends.</summary>
internal sealed class FileCopies(MediaFolder media)
{
    private const int MaxOpen = 32;

    private int _open;

    public MediaFolder Folder => media;

    /// <summary>Any thread; returns at once. The answer comes on the throw-away thread.</summary>
    public void Begin(IReadOnlyList<OutboundAttachment> attachments, long most, Action<Copied> done)
    {
        if (Interlocked.Increment(ref _open) > MaxOpen)
        {
            Interlocked.Decrement(ref _open);
            done(new([], new MediaException($"The files of {MaxOpen} replies are being copied already.", passes: true)));
            return;
        }

        LoopThread.Start("media copy", () =>
        {
            var copied = Copy(attachments, most);
            Interlocked.Decrement(ref _open);
            done(copied);
        });
    }

    /// <summary>The copies are referred to by their row, or will never be.</summary>
    public void Release(IReadOnlyList<FilePayload> files)
    {
        foreach (var file in files) media.Release(file.Path);
    }

    private Copied Copy(IReadOnlyList<OutboundAttachment> attachments, long most)
    {
        var files = new List<FilePayload>();
        try
        {
            foreach (var attachment in attachments)
            {
                var file = Take(attachment.Path, most);
                files.Add(new FilePayload(file.Name, attachment.Kind, attachment.Name, attachment.ContentType, file.Size));
                if (file.Size > media.Limits.MaxFileBytes) throw new MediaException($"The file has {file.Size} bytes; at most {media.Limits.MaxFileBytes} are allowed (setting: gateway.media.maxFileMegabytes).");
                if (most > 0 && file.Size > most) throw new NotSupportedException($"The file has {file.Size} bytes; the adapter takes at most {most}.");
            }

            return new(files, null);
        }
        catch (Exception problem)
        {
            Release(files);
            return new([], problem is IOException or NotSupportedException ? problem : new IOException(problem.Message, problem));
        }
    }

    private MediaFile Take(string path, long most)
    {
        if (MediaFolder.IsName(path)) return media.Pin(path) ?? throw new FileNotFoundException($"There is no uploaded file '{path}', or none any more.");
        if (!Path.IsPathFullyQualified(path)) throw new IOException($"'{path}' is no full path, nor the id of an uploaded file.");
        try
        {
            return media.Keep(path, most);
        }
        catch (MediaException problem) when (!problem.PassesByItself && most > 0 && most < media.Limits.MaxFileBytes)
        {
            throw new NotSupportedException($"'{path}' is larger than the {most} bytes that the adapter takes.", problem);
        }
    }
}
