namespace PluginGateway.Dispatch;

/// <summary>How much has been accepted and not yet handled. Any thread.</summary>
internal sealed class PendingGauge(int maxCount, long maxBytes)
{
    private readonly object _gate = new();
    private long _count;
    private long _bytes;

    public long Count
    {
        get
        {
            lock (_gate) return _count;
        }
    }

    public long Bytes
    {
        get
        {
            lock (_gate) return _bytes;
        }
    }

    /// <summary>Makes room for a message, if there is any.</summary>
    public bool TryReserve(int bytes)
    {
        lock (_gate)
        {
            if (_count >= maxCount || _bytes + bytes > maxBytes) return false;
            _count++;
            _bytes += bytes;
            return true;
        }
    }

    /// <summary>Counts a message that is pending whatever the limits say: it was accepted before the last start.</summary>
    public void Add(int bytes)
    {
        lock (_gate)
        {
            _count++;
            _bytes += bytes;
        }
    }

    public void Release(int bytes)
    {
        lock (_gate)
        {
            _count--;
            _bytes -= bytes;
        }
    }
}
