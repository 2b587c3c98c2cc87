namespace PluginGateway.Plugins.Irc;

/// <summary>Tells what a server or a bouncer plays back from what is said now: by its batch, or by a time before this connection. Whoever asked
/// that has long had an answer, or none.</summary>
internal sealed class Playback(TimeProvider clock)
{
    /// <summary>Largest difference between two clocks, or between a server and another one behind it.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(60);

    private readonly HashSet<string> _batches = new(StringComparer.Ordinal);
    private DateTimeOffset _begin = clock.GetUtcNow();
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
        (_begin, _isServerTime) = (time, true);
    }

    public bool Includes(IrcLine line) => IsInPast(line) || (line.Time is { } time && time < _begin - Tolerance);

    private static bool IsOfPast(string type) =>
        type.Contains("history", StringComparison.OrdinalIgnoreCase) || type.Contains("playback", StringComparison.OrdinalIgnoreCase);

    private bool IsInPast(IrcLine line) => line.Tags.TryGetValue("batch", out var batch) && _batches.Contains(batch);
}
