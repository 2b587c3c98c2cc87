namespace PluginGateway.Plugins.Irc;

/// <summary>Flood limit: a bucket that holds <paramref name="burst"/> lines and fills at <paramref name="perSecond"/>; 0 is no limit. Lines that
/// cannot wait put it into debt.</summary>
internal sealed class FloodBucket(double perSecond, int burst, TimeProvider clock)
{
    /// <summary>A line of text and its PING.</summary>
    private const int AnswerLines = 2;
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new();
    private double _lines = burst;
    private long _filled = clock.GetTimestamp();

    /// <summary>Charges lines that are sent without waiting.</summary>
    public void Charge(int lines)
    {
        lock (_lock)
        {
            Fill();
            _lines -= lines;
        }
    }

    /// <summary>Takes up to <paramref name="most"/> lines, or none if not even <paramref name="least"/> may go.</summary>
    /// <returns>The number of lines that may be sent; if none, the wait until as many may be sent as the bucket can hold.</returns>
    public (int Granted, TimeSpan Wait) Take(int least, int most)
    {
        lock (_lock)
        {
            if (perSecond <= 0) return (most, TimeSpan.Zero);
            Fill();
            if (_lines < least) return (0, TimeSpan.FromSeconds(Math.Max(0.1, (Math.Min(most, burst) - _lines) / perSecond)));
            var granted = Math.Min(most, (int)_lines);
            _lines -= granted;
            return (granted, TimeSpan.Zero);
        }
    }

    /// <summary>Gives lines back that were taken and not sent.</summary>
    public void GiveBack(int lines) => Charge(-lines);

    /// <summary>Takes up to so many lines that can wait, but leaves room for an answer.</summary>
    /// <returns>The number of lines that may be sent.</returns>
    public int TakeSpare(int most)
    {
        lock (_lock)
        {
            if (perSecond <= 0) return most;
            Fill();
            // Of a bucket that holds no more than an answer one line is left for those that can wait.
            var granted = Math.Clamp((int)_lines - Math.Min(AnswerLines, burst - 1), 0, most);
            _lines -= granted;
            return granted;
        }
    }

    /// <summary>Takes lines that must not delay others: only of a full bucket, and only if an answer is left in it.</summary>
    public bool TryTakeFromFull(int lines)
    {
        lock (_lock)
        {
            if (perSecond <= 0) return true;
            Fill();
            if (_lines < burst || burst < lines + AnswerLines) return false;
            _lines -= lines;
            return true;
        }
    }

    /// <summary>Takes lines that belong together. More lines than the bucket can hold put it into debt.</summary>
    /// <returns>The wait until they may be sent; null: they may now.</returns>
    public TimeSpan? TakeTogether(int lines)
    {
        lock (_lock)
        {
            if (perSecond <= 0) return null;
            Fill();
            if (_lines < Math.Min(lines, burst)) return TimeSpan.FromSeconds(Math.Max(0.1, (Math.Min(lines, burst) - _lines) / perSecond));
            _lines -= lines;
            return null;
        }
    }

    /// <summary>Time until as many of these lines may be sent as the bucket can hold.</summary>
    public TimeSpan WaitFor(int lines)
    {
        lock (_lock)
        {
            if (perSecond <= 0) return Instant;
            Fill();
            return TimeSpan.FromSeconds(Math.Max(0.1, (Math.Min(lines, burst) - _lines) / perSecond));
        }
    }

    private void Fill()
    {
        var now = clock.GetTimestamp();
        _lines = Math.Min(burst, _lines + (clock.GetElapsedTime(_filled, now).TotalSeconds * perSecond));
        _filled = now;
    }
}
