namespace PluginGateway.Plugins.Feishu;

/// <summary>Signatures of callbacks that were taken within the replay window: the same one again is answered, and not handled again.</summary>
/// <remarks>A call that was refused is not remembered: the platform sends it again. The gateway's own memory of event ids, which lasts for days and
/// over restarts, stands behind this one.</remarks>
internal sealed class SeenCalls(TimeSpan window, TimeProvider clock)
{
    private const int Most = 50_000;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _seen = [];
    private readonly Queue<(string Signature, long Since)> _order = [];

    public bool Contains(string signature)
    {
        lock (_lock)
        {
            Forget();
            return _seen.Contains(signature);
        }
    }

    public void Add(string signature)
    {
        lock (_lock)
        {
            if (!_seen.Add(signature)) return;
            _order.Enqueue((signature, clock.GetTimestamp()));
            Forget();
        }
    }

    private void Forget()
    {
        // A timestamp may be one window ahead of this clock, so it is valid for two windows.
        while (_order.TryPeek(out var oldest) && (_order.Count > Most || clock.GetElapsedTime(oldest.Since) > 2 * window))
            _seen.Remove(_order.Dequeue().Signature);
    }
}
