using PluginGateway.Configuration.Options;
using PluginGateway.Posix;
using PluginGateway.Threads;

namespace PluginGateway.Media;

/// <summary>A file in the media folder, named by the hash of its content.</summary>
internal sealed record MediaFile(string Name, string Path, long Size);

/// <summary>Files of messages, each named by its content (SHA-256): the same file is kept once, from every sender, and no name
/// comes from outside. Any thread; methods that touch the disk block, so none of the control threads calls them.</summary>
internal sealed class MediaFolder
{
    /// <summary>Suffix of a file that is being written.</summary>
    public const string Unfinished = ".part";

    private readonly object _gate = new();
    private readonly Dictionary<string, int> _pins = new(StringComparer.Ordinal);
    private readonly HashSet<string> _touched = new(StringComparer.Ordinal);
    private string? _deleting;

    public MediaFolder(string dataDirectory, MediaLimits limits) => (Path, Limits, Shares) = (In(dataDirectory), limits, new MediaShares(limits));

    public string Path { get; }

    public MediaLimits Limits { get; }

    /// <summary>Use of the folder by owner.</summary>
    public MediaShares Shares { get; }

    /// <summary>Bytes in the folder, as far as they have been counted.</summary>
    public long Used => Shares.Used;

    /// <summary>Callback that runs when there is no room for a file.</summary>
    public Action? OnFull { get; set; }

    public static string In(string dataDirectory) => System.IO.Path.Combine(dataDirectory, "media");

    /// <summary>Returns true when a text has the form of a file name: 64 lower-case hexadecimal digits.</summary>
    public static bool IsName(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Creates the folder.</summary>
    public void Prepare() => Directory.CreateDirectory(Path, OwnerOnly.Folder);

    /// <summary>Begins a file.</summary>
    /// <param name="owner">The id of the adapter to whose message the file belongs, or <see cref="MediaShares.Programs"/>.</param>
    /// <param name="most">The largest size in bytes; 0: as much as the limits allow.</param>
    /// <exception cref="MediaException">There is no room.</exception>
    public MediaWriter Begin(string owner, long most = 0)
    {
        Prepare();
        return new MediaWriter(this, owner, most > 0 ? Math.Min(most, Limits.MaxFileBytes) : Limits.MaxFileBytes);
    }

    /// <summary>Copies a file into the folder; the copy is pinned.</summary>
    /// <exception cref="IOException">The source cannot be read, is too large, or there is no room.</exception>
    public MediaFile Keep(string source, string owner, long most = 0)
    {
        using var from = RegularFile.OpenRead(source, followsLink: false);
        using var into = Begin(owner, most);
        var buffer = new byte[128 * 1024];
        while (from.Read(buffer) is > 0 and var count) into.Write(buffer.AsSpan(0, count));
        return into.Finish();
    }

    /// <summary>Pins an existing file; null when there is none of this name.</summary>
    public MediaFile? Pin(string name)
    {
        if (!IsName(name)) return null;
        Hold(name);
        var file = new FileInfo(System.IO.Path.Combine(Path, name));
        if (file.Exists) return new(name, file.FullName, file.Length);
        Release(name);
        return null;
    }

    /// <summary>Removes one pin. A pinned file is kept, whether a message refers to it or not. Never touches the disk.</summary>
    public void Release(string name)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_pins.GetValueOrDefault(name) > 1) _pins[name]--;
            else _pins.Remove(name);
        }
    }

    /// <summary>Reserves room in the count for bytes that are about to be written.</summary>
    /// <exception cref="MediaException">There is no room.</exception>
    public void Reserve(string owner, long bytes)
    {
        if (Shares.TryReserve(owner, bytes) is not { } problem) return;
        OnFull?.Invoke();
        throw new MediaException(problem, passes: true);
    }

    /// <summary>Pins a name; waits until a deletion of it that is under way has ended.</summary>
    public void Hold(string name)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            while (_deleting == name) UninterruptibleLock.Wait(_gate);
            _pins[name] = _pins.GetValueOrDefault(name) + 1;
            _touched.Add(name);
        }
    }

    /// <summary>Lists the files of the folder. From now on every name that is pinned counts as touched. Only for the collector.</summary>
    public IReadOnlyList<FileInfo> List()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            _touched.Clear();
            _touched.UnionWith(_pins.Keys);
        }

        FileInfo[] files = [.. new DirectoryInfo(Path).EnumerateFiles()];
        Shares.Recount(files);
        return files;
    }

    /// <summary>Deletes a file, unless it has been touched since it was listed. Only for the collector.</summary>
    public bool Delete(FileInfo file)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_touched.Contains(file.Name)) return false;
            _deleting = file.Name;
        }

        try
        {
            // Read before the deletion: a deleted file has no length.
            var bytes = file.Length;
            file.Delete();
            Shares.Delete(file.Name, bytes);
            return true;
        }
        finally
        {
            using (UninterruptibleLock.Enter(_gate))
            {
                _deleting = null;
                Monitor.PulseAll(_gate);
            }
        }
    }
}
