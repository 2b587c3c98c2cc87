namespace PluginGateway.Web.Api;

/// <summary>A file of the media folder that is read for a program. One caller at a time.</summary>
/// <param name="disk">Thread that accesses the disk.</param>
/// <param name="path">File.</param>
/// <param name="leave">Called once, when the file has been closed. On the disk's thread; must not block or throw.</param>
internal sealed class MediaDownload(TransferDisk disk, string path, Action leave) : IDisposable
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private FileStream? _file;

    /// <summary>Length of the file in bytes.</summary>
    public long Length { get; private set; }

    /// <summary>Opens the file.</summary>
    /// <exception cref="IOException">The disk fails or is late.</exception>
    public async Task OpenAsync() => Length = await disk.RunAsync(() =>
    {
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        return _file.Length;
    });

    /// <summary>Reads the next bytes; none: the end. They are valid until the next call.</summary>
    /// <exception cref="IOException">The disk fails or is late.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadAsync() => _buffer.AsMemory(0, await disk.RunAsync(() => _file!.Read(_buffer)));

    /// <summary>Closes the file behind a step that may still run. Never blocks.</summary>
    public void Dispose() => disk.Close(() => _file, leave);
}
