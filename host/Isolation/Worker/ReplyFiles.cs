using PluginGateway.Isolation.Protocol;
using PluginGateway.Posix;
using PluginGateway.Threads;

namespace PluginGateway.Isolation.Worker;

/// <summary>Files of a reply in a worker: copied into the folder from which the gateway takes them. The worker copies them itself, so that a handler
/// can only send what it may read.</summary>
/// <param name="folder">The folder.</param>
/// <param name="most">Largest size of a file in bytes.</param>
/// <param name="files">The files, as the handler named them.</param>
internal sealed class ReplyFiles(string folder, long most, IReadOnlyList<OutboundAttachment> files)
{
    private readonly (OutboundAttachment File, string Name)[] _copies = [.. files.Select(static file => (file, Guid.NewGuid().ToString("N")))];

    /// <summary>Files with the paths by which they cross.</summary>
    public IReadOnlyList<OutboundAttachment> Files { get; private set; } = files;

    /// <summary>Reason why a file was not copied; null: none.</summary>
    public Exception? Problem { get; private set; }

    /// <summary>Begins to copy, on a thread of its own. Returns at once.</summary>
    public void Begin(Action done)
    {
        // Paths that are not full are ids of uploaded files, which only the gateway knows.
        Files = [.. _copies.Select(static copy => IsOwn(copy.File) ? copy.File with { Path = WorkerCopy.PathOf(copy.Name) } : copy.File)];
        try
        {
            LoopThread.Start("reply files", () =>
            {
                Problem = Copy();
                done();
            });
        }
        catch (OutOfMemoryException)
        {
            Problem = new IOException("There is no thread to copy the files; try again.");
            done();
        }
    }

    /// <summary>Deletes the copies of a reply that is not sent.</summary>
    public void Delete()
    {
        foreach (var (_, name) in _copies)
        {
            try
            {
                File.Delete(Path.Combine(folder, name));
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                // It is in the handler's own folder.
            }
        }
    }

    private IOException? Copy()
    {
        try
        {
            foreach (var (file, name) in _copies.Where(static copy => IsOwn(copy.File))) Copy(file.Path, Path.Combine(folder, name));
            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return new IOException($"A file cannot be copied: {problem.Message}");
        }
    }

    /// <summary>Copies a regular file, and no more of it than may be sent: it can grow while it is read.</summary>
    private void Copy(string from, string to)
    {
        using var source = RegularFile.OpenRead(from, followsLink: false);
        using var target = new FileStream(to, FileMode.CreateNew, FileAccess.Write);
        var buffer = new byte[128 * 1024];
        while (source.Read(buffer) is > 0 and var count)
        {
            if (target.Position + count > most) throw new IOException($"'{from}' has more than {most} bytes (setting: gateway.media.maxFileMegabytes).");
            target.Write(buffer.AsSpan(0, count));
        }
    }

    private static bool IsOwn(OutboundAttachment file) => Path.IsPathFullyQualified(file.Path);
}
