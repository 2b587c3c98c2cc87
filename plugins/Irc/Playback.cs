namespace PluginGateway.Plugins.Irc;

/// <summary>Tells what a server or a bouncer plays back from what is said now: by its batch, or by a time before this connection or, in a channel,
/// before our last JOIN. Whoever asked that has long had an answer, or none.</summary>
internal sealed class Playback(TimeProvider clock)
{
    /// <summary>Largest difference between two clocks, or between a server and another one behind it.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(60);

    private readonly HashSet<string> _batches = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _left = new(StringComparer.Ordinal);

    /// <summary>Oldest time of a line that is said now, by channel.</summary>
    private readonly Dictionary<string, DateTimeOffset> _oldest = new(StringComparer.Ordinal);
    private DateTimeOffset _begin = clock.GetUtcNow();
    private long _begun = clock.GetTimestamp();
    private bool _isServerTime;

    /// <summary>Takes <c>BATCH +ref type</c> and <c>BATCH -ref</c>; a batch in a batch of the past is of the past.</summary>
    public void TakeBatch(IrcLine line)
    {
        if (line[0].Length < 2) return;
        var name = line[0][1..];
        if (line[0][0] == '-') _batches.Remove(name);
        else if (IsOfPast(line[1]) || IsInPast(line)) _batches.Add(name);
    }

    /// <summary>Takes the server's clock from a line that is certainly new.</summary>
    public void TakeTime(IrcLine line)
    {
        if (_isServerTime || line.Time is not { } time) return;
        (_begin, _begun, _isServerTime) = (time, clock.GetTimestamp(), true);
    }

    /// <summary>Takes the end of our stay in a channel: what was said there before has been heard.</summary>
    /// <param name="channel">The folded name of the channel.</param>
    /// <param name="line">The KICK or PART.</param>
    public void Leave(string channel, IrcLine line) => _left[channel] = TimeOf(line);

    /// <summary>Takes our own JOIN: servers play back at each one, also hours after the begin of the connection.</summary>
    /// <param name="channel">The folded name of the channel.</param>
    /// <param name="join">The line.</param>
    public void Enter(string channel, IrcLine join)
    {
        var oldest = TimeOf(join) - Tolerance;
        _oldest[channel] = _left.Remove(channel, out var left) && left > oldest ? left : oldest;
    }

    /// <param name="line">A line that says something.</param>
    /// <param name="channel">The folded name of its channel; null: it is private.</param>
    public bool Includes(IrcLine line, string? channel = null)
    {
        var oldest = channel is not null && _oldest.TryGetValue(channel, out var since) ? since : _begin - Tolerance;
        return IsInPast(line) || line.Time < oldest;
    }

    /// <summary>Time of a line by the server's clock.</summary>
    private DateTimeOffset TimeOf(IrcLine line) => line.Time ?? _begin + clock.GetElapsedTime(_begun);

    private static bool IsOfPast(string type) =>
        type.Contains("history", StringComparison.OrdinalIgnoreCase) || type.Contains("playback", StringComparison.OrdinalIgnoreCase);

    private bool IsInPast(IrcLine line) => line.Tags.TryGetValue("batch", out var batch) && _batches.Contains(batch);
}
