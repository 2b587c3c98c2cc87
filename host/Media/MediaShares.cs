using PluginGateway.Configuration.Options;
using PluginGateway.Threads;

namespace PluginGateway.Media;

/// <summary>Use of the media folder, by owner. Half of the room is for any owner; the other half is divided evenly among the configured
/// adapters and the programs that upload, and the unused part of a share stays reserved for its owner: one adapter's files that are never
/// delivered leave room for those of the others. Any thread.</summary>
/// <param name="limits">The most bytes.</param>
internal sealed class MediaShares(MediaLimits limits)
{
    /// <summary>Owner of files that programs have uploaded with a token of the gateway, until a message refers to them.</summary>
    public const string Programs = "";

    private const string Remedy = "Files of messages that wait or are parked stay: plugin-gateway outbox list.";

    private readonly object _gate = new();
    private readonly Dictionary<string, (string? Owner, long Bytes)> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _unfinished = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _uses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _refused = new(StringComparer.Ordinal);
    private string[] _owners = [];
    private long _used;

    /// <summary>Bytes in the folder, as far as they have been counted.</summary>
    public long Used
    {
        get
        {
            using (UninterruptibleLock.Enter(_gate)) return _used;
        }
    }

    private long Share => limits.MaxTotalBytes / 2 / Math.Max(1, _owners.Length);

    /// <summary>Divides the reserved half among the configured adapters and the uploading programs.</summary>
    public void Divide(IEnumerable<string> adapterIds)
    {
        using (UninterruptibleLock.Enter(_gate)) _owners = [.. adapterIds, Programs];
    }

    /// <summary>Reasons of refusal of every owner whose last request was refused and would be refused still.</summary>
    public IReadOnlyList<string> Refusals
    {
        get
        {
            using (UninterruptibleLock.Enter(_gate)) return [.. _refused.Select(refused => Problem(refused.Key, refused.Value)).OfType<string>()];
        }
    }

    /// <summary>Reserves room for bytes of a file that is being written. Null on success; else the reason of the refusal.</summary>
    public string? TryReserve(string owner, long bytes)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (Problem(owner, bytes) is { } problem)
            {
                // The bytes of the file written so far are given back.
                _refused[owner] = bytes + _unfinished.GetValueOrDefault(owner);
                return problem;
            }

            _refused.Remove(owner);
            _used += bytes;
            Change(_unfinished, owner, bytes);
            Change(_uses, owner, bytes);
            return null;
        }
    }

    /// <summary>Gives back the bytes of a file that will not be finished.</summary>
    public void Return(string owner, long bytes)
    {
        using (UninterruptibleLock.Enter(_gate)) Discard(owner, bytes);
    }

    /// <summary>Records that a file has its final name. A file that existed before keeps its first owner.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="owner">The owner who has written it.</param>
    /// <param name="bytes">Its length.</param>
    /// <param name="replaced">The length of the file that had the name before; null when none had.</param>
    public void Finish(string name, string owner, long bytes, long? replaced)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_files.ContainsKey(name))
            {
                Discard(owner, bytes);
                return;
            }

            _used -= replaced ?? 0;
            Change(_unfinished, owner, -bytes);
            _files[name] = (owner, bytes);
        }
    }

    public void Delete(string name, long bytes)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            _used -= bytes;
            if (_files.Remove(name, out var file) && file.Owner is { } owner) Change(_uses, owner, -file.Bytes);
        }
    }

    /// <summary>Counts the files that are in the folder now.</summary>
    public void Recount(IReadOnlyCollection<FileInfo> files)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            _used = files.Sum(static file => file.Length);
            var known = new Dictionary<string, (string? Owner, long Bytes)>(_files, StringComparer.Ordinal);
            _files.Clear();
            foreach (var file in files.Where(static file => !file.Name.EndsWith(MediaFolder.Unfinished, StringComparison.Ordinal)))
                _files[file.Name] = (known.GetValueOrDefault(file.Name).Owner, file.Length);
            CountUses();
        }
    }

    /// <summary>Sets the owner of each file to the adapter whose messages refer to it.</summary>
    public void Own(IReadOnlyDictionary<string, string> adapterOf)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            foreach (var (name, adapterId) in adapterOf)
            {
                if (_files.TryGetValue(name, out var file)) _files[name] = (adapterId, file.Bytes);
            }

            CountUses();
        }
    }

    private string? Problem(string owner, long bytes)
    {
        var after = _used + bytes;
        if (after > limits.MaxTotalBytes)
            return $"The media folder is full: {limits.MaxTotalMegabytes} MB (setting: gateway.media.maxTotalMegabytes){Largest()}. {Remedy}";
        if (after + KeptForOthers(owner) <= limits.MaxTotalBytes) return null;
        return $"Files of {NameOf(owner)} would take {Megabytes(_uses.GetValueOrDefault(owner) + bytes)} MB of the media folder, and what is left of its {limits.MaxTotalMegabytes} MB " +
            $"(setting: gateway.media.maxTotalMegabytes) is kept for the others. {Remedy}";
    }

    private static void Change(Dictionary<string, long> amounts, string owner, long by)
    {
        if (amounts.GetValueOrDefault(owner) + by is var left && left > 0) amounts[owner] = left;
        else amounts.Remove(owner);
    }

    /// <summary>Name of an owner for people.</summary>
    public static string NameOf(string owner) => owner.Length > 0 ? $"adapter '{owner}'" : "programs";

    private static long Megabytes(long bytes) => (bytes + (1024 * 1024) - 1) / (1024 * 1024);

    private string Largest() => _uses.Count == 0
        ? ""
        : _uses.MaxBy(static use => use.Value) is var most ? $"; most of it, {Megabytes(most.Value)} MB, are files of {NameOf(most.Key)}" : "";

    private long KeptForOthers(string owner) =>
        _owners.Where(other => other != owner).Sum(other => Math.Max(0, Share - _uses.GetValueOrDefault(other)));

    private void Discard(string owner, long bytes)
    {
        _used -= bytes;
        Change(_unfinished, owner, -bytes);
        Change(_uses, owner, -bytes);
    }

    private void CountUses()
    {
        _uses.Clear();
        foreach (var (owner, bytes) in _unfinished) Change(_uses, owner, bytes);
        foreach (var (owner, bytes) in _files.Values)
        {
            if (owner is not null) Change(_uses, owner, bytes);
        }
    }
}
