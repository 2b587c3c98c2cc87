namespace PluginGateway.Dispatch.Outbound;

/// <summary>Times of the last messages of one chat, for a limit on their number within one minute.</summary>
internal sealed class MinuteWindow
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(1);

    private readonly Queue<DateTimeOffset> _times = new();

    /// <summary>Time from which none of the messages counts any more.</summary>
    public DateTimeOffset End { get; private set; }

    /// <summary>Counts messages.</summary>
    /// <returns>The time from which there is room for another one.</returns>
    public DateTimeOffset Add(DateTimeOffset now, int count, int most)
    {
        for (var i = 0; i < Math.Min(count, most); i++) _times.Enqueue(now);
        while (_times.Count > most) _times.Dequeue();
        End = now + Length;
        return _times.Count < most ? now : _times.Peek() + Length;
    }
}
