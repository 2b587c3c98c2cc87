namespace PluginGateway.Plugins.WebChat;

/// <summary>File on disk.</summary>
/// <param name="Id">The id of the file, which cannot be guessed.</param>
/// <param name="Group">The group of its conversation.</param>
/// <param name="Bytes">Its bytes on disk.</param>
internal sealed record StoredFile(string Id, string Group, long Bytes);

/// <summary>Files with a bound for each conversation and one for all; the oldest make room. Not thread-safe: <see cref="ChatFiles"/> owns
/// it.</summary>
internal sealed class FilePool(long mostOfGroup, long mostInAll)
{
    private readonly LinkedList<StoredFile> _byAge = new();
    private readonly Dictionary<string, LinkedListNode<StoredFile>> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _bytesOf = new(StringComparer.Ordinal);
    private long _bytes;

    /// <summary>Returns the file, or null.</summary>
    public StoredFile? Find(string id) => _byId.TryGetValue(id, out var node) ? node.Value : null;

    /// <summary>Adds a file, and takes out the oldest that are over a bound then.</summary>
    /// <returns>The files that were taken out.</returns>
    public List<StoredFile> Add(StoredFile file)
    {
        _byId.Add(file.Id, _byAge.AddLast(file));
        Count(file, file.Bytes);
        var removed = new List<StoredFile>();
        while (_bytesOf[file.Group] > mostOfGroup && _byAge.FirstOrDefault(other => other.Group == file.Group) is { } oldest && oldest != file)
            removed.Add(Remove(oldest.Id)!);
        while (_bytes > mostInAll && _byAge.First!.Value is var oldest && oldest != file) removed.Add(Remove(oldest.Id)!);
        return removed;
    }

    /// <summary>Takes a file out; null: it is not there.</summary>
    public StoredFile? Remove(string id)
    {
        if (!_byId.Remove(id, out var node)) return null;
        _byAge.Remove(node);
        Count(node.Value, -node.Value.Bytes);
        return node.Value;
    }

    private void Count(StoredFile file, long bytes)
    {
        _bytes += bytes;
        _bytesOf[file.Group] = _bytesOf.GetValueOrDefault(file.Group) + bytes;
        if (_bytesOf[file.Group] == 0) _bytesOf.Remove(file.Group);
    }
}
