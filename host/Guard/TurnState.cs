using System.Text;
using PluginGateway.Threads;

namespace PluginGateway.Guard;

/// <summary>Sizes of the memory of a session at the begin of a turn.</summary>
/// <param name="Sizes">Bytes of each key with its value.</param>
/// <param name="Room">Bytes by which the memory of the handler may grow.</param>
internal sealed record SessionMemory(IReadOnlyDictionary<string, int> Sizes, long Room)
{
    /// <summary>Memory without keys and without a limit of the handler that matters.</summary>
    public static SessionMemory Empty { get; } = new(new Dictionary<string, int>(), long.MaxValue);
}

/// <summary>Memory of a session as one turn sees it: values are read where they are stored, changes are kept until the end of the turn. Every limit is checked at
/// the change, so that an end never fails for size. The same in the gateway and in a worker. Any thread.</summary>
/// <param name="memory">Sizes at the begin of the turn.</param>
/// <param name="read">Reads a stored value. Must not block.</param>
internal sealed class TurnState(SessionMemory memory, Func<string, CancellationToken, Task<string?>> read) : ISessionState
{
    public const int MaxKeyLength = 128;
    public const int MaxValueBytes = 64 * 1024;
    public const int MaxChangedBytes = 256 * 1024;
    public const int MaxSessionBytes = 1024 * 1024;
    public const int MaxKeys = 1024;

    private readonly object _gate = new();
    private readonly Dictionary<string, string?> _changed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _sizes = new(memory.Sizes, StringComparer.Ordinal);
    private readonly long _before = memory.Sizes.Values.Sum(static size => (long)size);
    private long _bytes = memory.Sizes.Values.Sum(static size => (long)size);
    private long _changedBytes;
    private bool _isClosed;

    public IReadOnlyCollection<string> Keys
    {
        get
        {
            using (UninterruptibleLock.Enter(_gate)) return [.. _sizes.Keys];
        }
    }

    /// <summary>True when a change has been made.</summary>
    public bool HasChanges
    {
        get
        {
            using (UninterruptibleLock.Enter(_gate)) return _changed.Count > 0;
        }
    }

    public Task<string?> GetAsync(string key, CancellationToken cancellationToken)
    {
        CheckKey(key);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<string?>(cancellationToken);
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_isClosed) return Task.FromException<string?>(Over());
            if (_changed.TryGetValue(key, out var changed)) return Task.FromResult(changed);
            if (!_sizes.ContainsKey(key)) return Task.FromResult<string?>(null);
        }

        return read(key, cancellationToken);
    }

    public void Set(string key, string value)
    {
        CheckKey(key);
        ArgumentNullException.ThrowIfNull(value);
        if (value.Length > MaxValueBytes || Encoding.UTF8.GetByteCount(value) > MaxValueBytes)
            throw new ArgumentException($"The value of '{key}' has more than {MaxValueBytes} bytes of UTF-8; nothing is set.", nameof(value));
        Change(key, value);
    }

    public void Remove(string key)
    {
        CheckKey(key);
        Change(key, null);
    }

    /// <summary>Returns a copy of the changes so far: values by their keys; null: removed.</summary>
    public IReadOnlyDictionary<string, string?> Snapshot()
    {
        using (UninterruptibleLock.Enter(_gate)) return new Dictionary<string, string?>(_changed, StringComparer.Ordinal);
    }

    /// <summary>Takes no further change.</summary>
    /// <returns>The changes: values by their keys; null: removed.</returns>
    public IReadOnlyDictionary<string, string?> Close()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            _isClosed = true;
            return _changed;
        }
    }

    /// <summary>Makes the changes of a worker, under the limits of this side.</summary>
    /// <exception cref="ArgumentException">A key or value is over its limit.</exception>
    /// <exception cref="InvalidOperationException">They are over another limit.</exception>
    public void Take(IReadOnlyDictionary<string, string?> changes)
    {
        foreach (var (key, value) in changes.OrderBy(static change => change.Value is not null))
        {
            if (value is null) Remove(key);
            else Set(key, value);
        }
    }

    /// <summary>Checks the length of a key of the state or of a note.</summary>
    /// <exception cref="ArgumentException">It is over its limit.</exception>
    public static void CheckKey(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Length is 0 or > MaxKeyLength)
            throw new ArgumentException($"A key has 1 to {MaxKeyLength} characters, and this one {key.Length}.", nameof(key));
    }

    private static InvalidOperationException Over() => new("The turn is over; its state is neither read nor changed any more.");

    private static int SizeOf(string key, string? value) => Encoding.UTF8.GetByteCount(key) + (value is null ? 0 : Encoding.UTF8.GetByteCount(value));

    private void Change(string key, string? value)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_isClosed) throw Over();
            // Only this turn has had it: there is nothing to store.
            var isUndone = value is null && !memory.Sizes.ContainsKey(key);
            var size = value is null ? 0 : SizeOf(key, value);
            var changedBytes = _changedBytes + (isUndone ? 0 : SizeOf(key, value)) - (_changed.TryGetValue(key, out var before) ? SizeOf(key, before) : 0);
            var bytes = _bytes + size - _sizes.GetValueOrDefault(key);
            var keys = _sizes.Count + (value is null || _sizes.ContainsKey(key) ? 0 : 1);
            if (value is not null && Refusal(key, changedBytes, bytes, keys) is { } refusal) throw new InvalidOperationException(refusal);
            (_changedBytes, _bytes) = (changedBytes, bytes);
            if (value is null) _sizes.Remove(key);
            else _sizes[key] = size;
            if (isUndone) _changed.Remove(key);
            else _changed[key] = value;
        }
    }

    private string? Refusal(string key, long changedBytes, long bytes, int keys)
    {
        if (changedBytes > MaxChangedBytes)
            return $"A turn changes at most {MaxChangedBytes} bytes of its session's state; '{key}' is not set.";
        if (keys > MaxKeys) return $"The state of a session has at most {MaxKeys} keys; '{key}' is not set.";
        if (bytes > _bytes && bytes > MaxSessionBytes)
            return $"The state of a session has at most {MaxSessionBytes} bytes; '{key}' is not set. Remove or shorten other keys.";
        if (bytes > _bytes && bytes - _before > memory.Room)
            return $"The handler has used its memory (setting: gateway.store.maxMemoryMegabytes), or the store is full; '{key}' is not set. " +
                "To make room: plugin-gateway memory drop";
        return null;
    }
}
