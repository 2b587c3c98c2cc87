namespace PluginGateway.Testing;

/// <summary>Memory of a session, for <see cref="FakeTurn.State"/>. Pass one instance to two turns to test what the next one finds: unlike that of the
/// host it keeps changes at once. Any thread.</summary>
public class FakeSessionState : ISessionState
{
    private const int MaxKeyLength = 128;
    private const int MaxValueBytes = 64 * 1024;

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Keys
    {
        get
        {
            lock (_values) return [.. _values.Keys];
        }
    }

    /// <inheritdoc/>
    public virtual Task<string?> GetAsync(string key, CancellationToken cancellationToken)
    {
        Check(key);
        lock (_values) return Task.FromResult(_values.GetValueOrDefault(key));
    }

    /// <inheritdoc/>
    public virtual void Set(string key, string value)
    {
        Check(key);
        ArgumentNullException.ThrowIfNull(value);
        if (System.Text.Encoding.UTF8.GetByteCount(value) > MaxValueBytes)
            throw new ArgumentException($"A value has at most {MaxValueBytes} bytes of UTF-8.", nameof(value));
        lock (_values) _values[key] = value;
    }

    /// <inheritdoc/>
    public virtual void Remove(string key)
    {
        Check(key);
        lock (_values) _values.Remove(key);
    }

    private static void Check(string key)
    {
        if (key is not { Length: > 0 and <= MaxKeyLength }) throw new ArgumentException($"A key has 1 to {MaxKeyLength} characters.", nameof(key));
    }
}
