namespace PluginGateway.Plugins.Feishu;

/// <summary>The last messages that we sent, also those of before a restart: who answers one of them speaks to us, and an event tells the id of what is answered, not who wrote it.</summary>
internal sealed class OwnMessages(IAdapterState state)
{
    /// <summary>An id has about 35 characters, a value of the state 64 KiB.</summary>
    public const int Most = 500;

    private const string Key = "sent";
    private const int LongestId = 100;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = [];
    private bool _isWriting;
    private bool _isChanged;

    public async Task RecallAsync(CancellationToken cancellationToken)
    {
        foreach (var id in (await state.GetAsync(Key, cancellationToken) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)) Remember(id);
    }

    public bool Includes(string id)
    {
        lock (_lock) return _known.Contains(id);
    }

    /// <summary>Nobody waits for the disk: what a kill takes away here is one mention, no message.</summary>
    public void Add(string id)
    {
        if (id.Length > LongestId || id.Contains(' ', StringComparison.Ordinal)) return;
        lock (_lock)
        {
            Remember(id);
            _isChanged = true;
            if (_isWriting) return;
            _isWriting = true;
        }

        _ = WriteAsync();
    }

    private void Remember(string id)
    {
        if (!_known.Add(id)) return;
        _order.Enqueue(id);
        if (_order.Count > Most) _known.Remove(_order.Dequeue());
    }

    /// <summary>One write at a time; what comes meanwhile goes with the next.</summary>
    private async Task WriteAsync()
    {
        try
        {
            while (Next() is { } ids && await state.SetAsync(Key, ids, CancellationToken.None))
            {
                // Once more, unless nothing has come.
            }
        }
        catch (Exception failed) when (failed is InvalidOperationException or OperationCanceledException)
        {
            // The store does not take it now; the next message tries again.
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
            return string.Join(' ', _order);
        }
    }
}
