namespace PluginGateway.Dispatch.Turns;

/// <summary>A handler that puts turns off: its backend is away. <paramref name="SinceUtc"/>: since when no turn has ended well.</summary>
internal sealed record HandlerOutage(string HandlerId, DateTimeOffset SinceUtc, string Reason, int Times);

/// <summary>Which handlers put their turns off, and no longer answer any. Written on the loop's thread, read on any.</summary>
internal sealed class HandlerOutages(DispatchLoop loop)
{
    /// <summary>A backend that is busy for a moment is not away.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, (DateTimeOffset Since, string Reason, int Times)> _away = new(StringComparer.Ordinal);
    private volatile IReadOnlyList<(HandlerOutage Handler, DateTimeOffset Since)> _published = [];

    /// <summary>Those that have been away for a while. Any thread.</summary>
    public IReadOnlyList<HandlerOutage> Current => _published is { Count: > 0 } published ? [.. published.Where(one => loop.Now - one.Since >= Least).Select(static one => one.Handler)] : [];

    /// <summary>A turn was put off. The first reason stays: one absence is one sentence.</summary>
    public void Record(string handlerId, string reason)
    {
        var before = _away.GetValueOrDefault(handlerId);
        _away[handlerId] = before.Times == 0 ? (loop.Now, reason, 1) : before with { Times = before.Times + 1 };
        Publish();
    }

    /// <summary>A turn has ended well, or the handler is another one now. Null: it was not away; else for how long and how many turns were put off.</summary>
    public (TimeSpan For, int Times)? End(string handlerId)
    {
        if (!_away.Remove(handlerId, out var away)) return null;
        Publish();
        return loop.Now - away.Since is var time && time >= Least ? (time, away.Times) : null;
    }

    private void Publish() => _published = [.. _away.Select(pair => (new HandlerOutage(pair.Key, loop.ToWallClock(pair.Value.Since), pair.Value.Reason, pair.Value.Times), pair.Value.Since))];
}
