using System.Text;

namespace PluginGateway.Testing;

/// <summary>State of an adapter or a handler in memory, with the limits of <see cref="IAdapterState"/>. Pass one instance to two contexts to test
/// what the next generation finds. Any thread.</summary>
public class FakeState : IAdapterState
{
    private const int MaxKeyLength = 128;
    private const int MaxValueBytes = 64 * 1024;

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>True: the generation is retired, so <see cref="SetAsync"/> writes nothing and returns false.</summary>
    public bool IsRetired { get; set; }

    /// <summary>Copy of all keys and values.</summary>
    public IReadOnlyDictionary<string, string> Values
    {
        get
        {
            lock (_values) return new Dictionary<string, string>(_values, StringComparer.Ordinal);
        }
    }

    /// <inheritdoc/>
    public virtual Task<string?> GetAsync(string key, CancellationToken cancellationToken)
    {
        Check(key, null);
        lock (_values) return Task.FromResult(_values.GetValueOrDefault(key));
    }

    /// <inheritdoc/>
    public virtual Task<bool> SetAsync(string key, string? value, CancellationToken cancellationToken)
    {
        Check(key, value);
        if (IsRetired) return Task.FromResult(false);
        lock (_values)
        {
            if (value is null) _values.Remove(key);
            else _values[key] = value;
        }

        return Task.FromResult(true);
    }

    internal void Set(IReadOnlyDictionary<string, string> entries)
    {
        foreach (var (key, value) in entries) Check(key, value);
        lock (_values)
        {
            foreach (var (key, value) in entries) _values[key] = value;
        }
    }

    private static void Check(string key, string? value)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Length is 0 or > MaxKeyLength)
            throw new ArgumentException($"A key has 1 to {MaxKeyLength} characters; this one has {key.Length}.", nameof(key));
        if (value is not null && Encoding.UTF8.GetByteCount(value) > MaxValueBytes)
            throw new ArgumentException($"The value of '{key}' has more than {MaxValueBytes} bytes.", nameof(value));
    }
}
