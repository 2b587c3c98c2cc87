using System.Security.Cryptography;
using PluginGateway.Posix;

namespace PluginGateway.Media;

/// <summary>One file on its way into the media folder. Until <see cref="Finish"/> nobody sees it; if that never comes, nothing is left of it.</summary>
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

    /// <summary>Where the bound is the gateway's own and no adapter's.</summary>
    private string Setting => _most == _folder.Limits.MaxFileBytes ? " (setting: gateway.media.maxFileMegabytes)" : "";

    /// <exception cref="MediaException">It is too large, or there is no room.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (Size + bytes.Length > _most) throw new MediaException($"The file is larger than {_most} bytes{Setting}.");
        _folder.Reserve(_owner, bytes.Length);
        Size += bytes.Length;
        _file.Write(bytes);
        _hash.AppendData(bytes);
    }

    /// <summary>Puts it in its place, durably. It is pinned: the thread that finishes it releases it.</summary>
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
            // Over one of the same content, if there is one: that touches it.
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
