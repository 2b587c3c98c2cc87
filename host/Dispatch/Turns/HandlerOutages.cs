namespace PluginGateway.Dispatch.Turns;

/// <summary>A handler that defers turns, because its backend is away. <paramref name="SinceUtc"/>: time of the first deferral since a turn last ended
/// well.</summary>
internal sealed record HandlerOutage(string HandlerId, DateTimeOffset SinceUtc, string Reason, int Times);

/// <summary>Handlers that defer their turns, and answer none at present. Written on the loop's thread, read on any.</summary>
internal sealed class HandlerOutages(DispatchLoop loop)
{
    /// <summary>Least duration of an outage: a backend that is busy for a moment is not away.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, (DateTimeOffset Since, string Reason, int Times)> _away = new(StringComparer.Ordinal);
    private volatile IReadOnlyList<(HandlerOutage Handler, DateTimeOffset Since)> _published = [];

    /// <summary>Handlers that have been away for that duration at least. Any thread.</summary>
    public IReadOnlyList<HandlerOutage> Current =>
        _published is { Count: > 0 } published ? [.. published.Where(one => loop.Now - one.Since >= Least).Select(static one => one.Handler)] : [];

    /// <summary>Records the deferral of a turn. The first reason stays.</summary>
    public void Record(string handlerId, string reason)
    {
        var before = _away.GetValueOrDefault(handlerId);
        _away[handlerId] = before.Times == 0 ? (loop.Now, reason, 1) : before with { Times = before.Times + 1 };
        Publish();
    }

    /// <summary>Ends an outage: a turn has ended well, or the handler was replaced. Returns its duration and the number of deferred turns; null when
    /// there was none, or a shorter one than is reported.</summary>
    public (TimeSpan For, int Times)? End(string handlerId)
    {
        if (!_away.Remove(handlerId, out var away)) return null;
        Publish();
        return loop.Now - away.Since is var time && time >= Least ? (time, away.Times) : null;
    }

    private void Publish() => _published = [.. _away.Select(
        pair => (new HandlerOutage(pair.Key, loop.ToWallClock(pair.Value.Since), pair.Value.Reason, pair.Value.Times), pair.Value.Since))];
}
