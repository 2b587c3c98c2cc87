namespace PluginGateway.Dispatch.Turns;

/// <summary>Queue that serves its groups in turn, and each group first come, first served: a group with a thousand items delays another's next by
/// one.</summary>
internal sealed class FairQueue<TKey, T>
    where TKey : notnull
{
    private readonly Dictionary<TKey, Queue<T>> _groups = [];
    private readonly Queue<TKey> _turns = new();

    public int Count { get; private set; }

    public void Enqueue(TKey key, T item)
    {
        if (!_groups.TryGetValue(key, out var group))
        {
            _groups.Add(key, group = new Queue<T>());
            _turns.Enqueue(key);
        }

        group.Enqueue(item);
        Count++;
    }

    public bool TryDequeue(out T item) => TryDequeue(static _ => true, out item);

    /// <summary>Takes the next item of a group that may have it. Where no group may, and only one waits, it may all the same.</summary>
    public bool TryDequeue(Predicate<TKey> may, out T item)
    {
        for (var left = _turns.Count; left > 0; left--)
        {
            var key = _turns.Dequeue();
            if (_groups.Count > 1 && !may(key))
            {
                _turns.Enqueue(key);
                continue;
            }

            var group = _groups[key];
            item = group.Dequeue();
            Count--;
            if (group.Count > 0) _turns.Enqueue(key);
            else _groups.Remove(key);
            return true;
        }

        item = default!;
        return false;
    }
}
