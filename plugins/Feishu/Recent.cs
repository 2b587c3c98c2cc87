namespace PluginGateway.Plugins.Feishu;

/// <summary>Remembers the last entries. Any thread.</summary>
internal sealed class Recent<T>(int most)
    where T : class
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, T> _entries = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = [];

    public T? Find(string key)
    {
        lock (_lock) return _entries.GetValueOrDefault(key);
    }

    public void Set(string key, T value)
    {
        lock (_lock)
        {
            if (!_entries.ContainsKey(key)) _order.Enqueue(key);
            _entries[key] = value;
            while (_order.Count > most) _entries.Remove(_order.Dequeue());
        }
    }
}
