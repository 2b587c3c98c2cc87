namespace PluginGateway.Plugins.Feishu;

/// <summary>Bounded map of short words that outlives the process: changes are written to the adapter's state in the background, so the caller never
/// waits for the disk. A kill loses the last entries. Any thread.</summary>
/// <param name="state">The adapter's state.</param>
/// <param name="key">The state's key; its value holds <c>word</c> or <c>word=value</c>, with a space between two.</param>
/// <param name="most">Entries; a value of the state has at most 64 KiB, and a word at most 100 characters.</param>
internal sealed class Kept(IAdapterState state, string key, int most)
{
    private const int LongestWord = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _known = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = [];
    private bool _isWriting;
    private bool _isChanged;

    /// <summary>Reads the map that an earlier generation wrote.</summary>
    public async Task RecallAsync(CancellationToken cancellationToken)
    {
        var words = (await state.GetAsync(key, cancellationToken) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        lock (_lock)
        {
            foreach (var word in words)
            {
                var parts = word.Split('=', 2);
                Remember(parts[0], parts.Length == 2 ? parts[1] : "");
            }
        }
    }

    /// <summary>Returns the value of a word; null for an unknown word.</summary>
    public string? Find(string word)
    {
        lock (_lock) return _known.GetValueOrDefault(word);
    }

    public void Set(string word, string value = "")
    {
        if (!CanKeep(word) || (value.Length > 0 && !CanKeep(value))) return;
        lock (_lock)
        {
            Remember(word, value);
            _isChanged = true;
            if (_isWriting) return;
            _isWriting = true;
        }

        _ = WriteAsync();
    }

    private static bool CanKeep(string word) => word.Length is > 0 and <= LongestWord && !word.AsSpan().ContainsAny(' ', '=');

    private void Remember(string word, string value)
    {
        if (!_known.ContainsKey(word)) _order.Enqueue(word);
        _known[word] = value;
        if (_order.Count > most) _known.Remove(_order.Dequeue());
    }

    /// <summary>Writes until nothing has changed; one write at a time.</summary>
    private async Task WriteAsync()
    {
        try
        {
            while (Next() is { } value && await state.SetAsync(key, value, CancellationToken.None))
            {
                // Once more, unless nothing has changed.
            }
        }
        catch (Exception failed) when (failed is InvalidOperationException or OperationCanceledException)
        {
            // The store does not take it now; the next entry tries again.
            lock (_lock) _isWriting = false;
        }
    }

    private string? Next()
    {
        lock (_lock)
        {
            if (!_isChanged)
            {
                _isWriting = false;
                return null;
            }

            _isChanged = false;
            return string.Join(' ', _order.Select(word => _known[word] is { Length: > 0 } value ? $"{word}={value}" : word));
        }
    }
}
