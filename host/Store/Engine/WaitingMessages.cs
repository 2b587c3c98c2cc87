namespace PluginGateway.Store.Engine;

/// <summary>Messages whose turns have not begun, by their platforms' ids. Most edits and deletions are of other messages, and cost no read. In memory,
/// because an index would cost each message a page when it is accepted and one when its turn begins; empty until the first edit or deletion needs it.
/// A hint: the row decides. Only on the writer's thread.</summary>
internal sealed class WaitingMessages
{
    private readonly Dictionary<PlatformMessage, long> _ids = [];
    private readonly Dictionary<long, PlatformMessage> _messages = [];

    /// <summary>True: every message that waits is in it.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Takes the messages that wait now, and from then on those that are added.</summary>
    public void Load(IEnumerable<(long Id, PlatformMessage Message)> waiting)
    {
        IsLoaded = true;
        foreach (var (id, message) in waiting) Add(id, message);
    }

    /// <summary>Forgets all of them until the next <see cref="Load"/>: a transaction was undone, or others wait again.</summary>
    public void Unload()
    {
        IsLoaded = false;
        _ids.Clear();
        _messages.Clear();
    }

    public void Add(long id, PlatformMessage message)
    {
        if (!IsLoaded) return;
        _ids[message] = id;
        _messages[id] = message;
    }

    /// <summary>Removes a message whose turn has begun, or which is settled.</summary>
    public void Remove(long id)
    {
        if (_messages.Remove(id, out var message) && _ids.TryGetValue(message, out var last) && last == id) _ids.Remove(message);
    }

    /// <summary>Returns the id of the row of a message; null: it does not wait.</summary>
    public long? Find(PlatformMessage message) => _ids.TryGetValue(message, out var id) ? id : null;
}
