namespace PluginGateway.Plugins.Irc;

/// <summary>Membership in the configured channels. After a kick or a refused JOIN the adapter waits before the next JOIN, twice as long each time,
/// because networks take it for abuse.</summary>
internal sealed class Membership(IEnumerable<string> channels, ServerFeatures features, TimeSpan firstPause, TimeProvider clock)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly List<ConfiguredChannel> _channels = [.. channels.Select(static channel => channel.Split(' '))
        .Select(static words => new ConfiguredChannel(words[0], words.ElementAtOrDefault(1)))];

    /// <summary>Channels that the bot was removed from, each with the reason.</summary>
    public IReadOnlyList<string> Out
    {
        get
        {
            lock (_lock)
                return [.. _channels.Where(static entry => entry.State == ChannelState.Out).Select(static entry => $"{entry.Name} ({entry.Reason})")];
        }
    }

    /// <summary>Number of channels to join: all at first, later those whose pause is over or whose JOIN had no answer.</summary>
    public int DueCount
    {
        get
        {
            lock (_lock) return _channels.Count(IsDue);
        }
    }

    /// <summary>Due JOINs, at most the given number.</summary>
    public IReadOnlyList<string> TakeDue(int most)
    {
        lock (_lock)
        {
            var due = _channels.Where(IsDue).Take(most).ToArray();
            foreach (var entry in due) (entry.State, entry.Since) = (ChannelState.Asked, clock.GetTimestamp());
            return [.. due.Select(
                static entry => entry.Key is null ? IrcLine.Format("JOIN", entry.Name) : IrcLine.Format("JOIN", entry.Name, entry.Key))];
        }
    }

    /// <summary>Returns true if the channel is configured.</summary>
    public bool Has(string channel)
    {
        lock (_lock) return Find(channel) is not null;
    }

    /// <summary>Records that the bot has joined a channel.</summary>
    /// <returns>False when the channel is not configured.</returns>
    public bool Enter(string channel)
    {
        lock (_lock)
        {
            if (Find(channel) is not { } entry) return false;
            (entry.State, entry.Reason, entry.Since) = (ChannelState.In, "", clock.GetTimestamp());
            return true;
        }
    }

    /// <summary>Records that the bot was removed from a channel.</summary>
    /// <returns>The pause before the next JOIN; null when the channel is not configured.</returns>
    public TimeSpan? Leave(string channel, string reason)
    {
        lock (_lock) return Find(channel) is { } entry ? PutOut(entry, reason) : null;
    }

    /// <summary>Records that the server refused a JOIN.</summary>
    /// <returns>The pause before the next JOIN; null when none was sent.</returns>
    public TimeSpan? Refuse(string channel, string reason)
    {
        lock (_lock) return Find(channel) is { State: ChannelState.Asked } entry ? PutOut(entry, reason) : null;
    }

    /// <summary>Time until a configured channel that was left is joined again, with the reason; null when nothing speaks against writing
    /// there.</summary>
    public (TimeSpan Wait, string Reason)? Absence(string channel)
    {
        lock (_lock)
        {
            if (Find(channel) is not { } entry) return null;
            if (entry.State == ChannelState.None) return (Soon, "it is asked for in its turn.");
            if (entry.State != ChannelState.Out) return null;
            var left = PauseOf(entry) - clock.GetElapsedTime(entry.Since);
            return (left > TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1), entry.Reason);
        }
    }

    /// <summary>Records an absence. A membership as long as the longest pause resets the pauses.</summary>
    private TimeSpan PutOut(ConfiguredChannel entry, string reason)
    {
        var hasStayed = entry.State == ChannelState.In && clock.GetElapsedTime(entry.Since) >= LongestPause;
        (entry.State, entry.Reason, entry.Since, entry.Refusals) = (
            ChannelState.Out, reason, clock.GetTimestamp(), hasStayed ? 1 : entry.Refusals + 1);
        return PauseOf(entry);
    }

    private TimeSpan PauseOf(ConfiguredChannel entry)
    {
        var longest = firstPause > LongestPause ? firstPause : LongestPause;
        var pause = firstPause * Math.Pow(2, Math.Min(entry.Refusals - 1, 20));
        return pause < longest ? pause : longest;
    }

    private bool IsDue(ConfiguredChannel entry) => entry.State switch
    {
        ChannelState.None => true,
        ChannelState.Asked => clock.GetElapsedTime(entry.Since) >= AnswerTime,
        ChannelState.Out => clock.GetElapsedTime(entry.Since) >= PauseOf(entry),
        _ => false,
    };

    private ConfiguredChannel? Find(string channel) => _channels.Find(entry => features.Fold(entry.Name) == features.Fold(channel));

    private enum ChannelState
    {
        None,
        Asked,
        In,
        Out,
    }

    private sealed class ConfiguredChannel(string name, string? key)
    {
        public string Name { get; } = name;

        public string? Key { get; } = key;

        public ChannelState State { get; set; }

        public string Reason { get; set; } = "";

        public long Since { get; set; }

        public int Refusals { get; set; }
    }
}
