using System.Security.Cryptography;
using PluginGateway.Posix;

namespace PluginGateway.Media;

/// <summary>Writer of one new file of the media folder. The file gets its name at <see cref="Finish"/>; without that it is deleted at the
/// disposal.</summary>
internal sealed class MediaWriter : IDisposable
{
    private readonly MediaFolder _folder;
    private readonly string _owner;
    private readonly long _most;
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _isFinished;

    public MediaWriter(MediaFolder folder, string owner, long most)
    {
        (_folder, _owner, _most) = (folder, owner, most);
        var path = Path.Combine(folder.Path, Guid.NewGuid().ToString("N") + MediaFolder.Unfinished);
        _file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.Read | FileShare.Delete,
            BufferSize = 0,
            UnixCreateMode = OwnerOnly.File,
        });
    }

    public long Size { get; private set; }

    /// <summary>Hint at the setting, when the bound is the gateway's own and not an adapter's.</summary>
    private string Setting => _most == _folder.Limits.MaxFileBytes ? " (setting: gateway.media.maxFileMegabytes)" : "";

    /// <exception cref="MediaException">The file is too large, or there is no room.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (Size + bytes.Length > _most) throw new MediaException($"The file is larger than {_most} bytes{Setting}.");
        _folder.Reserve(_owner, bytes.Length);
        Size += bytes.Length;
        _file.Write(bytes);
        _hash.AppendData(bytes);
    }

    /// <summary>Moves the file to its final name, durably. The file is pinned: the thread that finishes it releases it.</summary>
    public MediaFile Finish()
    {
        var name = Convert.ToHexStringLower(_hash.GetHashAndReset());
        _file.Flush(flushToDisk: true);
        _folder.Hold(name);
        var path = Path.Combine(_folder.Path, name);
        try
        {
            var known = new FileInfo(path);
            var replaced = known.Exists ? known.Length : (long?)null;
            // Replaces a file of the same content, if there is one, which updates its modification time.
            File.Move(_file.Name, path, overwrite: true);
            FolderSync.Flush(_folder.Path);
            _isFinished = true;
            _folder.Shares.Finish(name, _owner, Size, replaced);
            return new(name, path, Size);
        }
        catch
        {
            _folder.Release(name);
            throw;
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _hash.Dispose();
        if (_isFinished) return;
        _folder.Shares.Return(_owner, Size);
        File.Delete(_file.Name);
    }
}
