namespace PluginGateway.Plugins.Irc;

/// <summary>Nicks in the configured channels that the bot is in: a QUIT names no channel. Used by the reader only.</summary>
internal sealed class ChannelMembers(ServerFeatures features)
{
    /// <summary>Largest number of nicks over all channels; beyond it no QUIT of further users is reported.</summary>
    public const int MostNicks = 100_000;

    /// <summary>Folded nicks by folded channel.</summary>
    private readonly Dictionary<string, HashSet<string>> _channels = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>Begins with an empty list of names at the bot's own JOIN.</summary>
    public void Enter(string channel)
    {
        Leave(channel);
        _channels[features.Fold(channel)] = new HashSet<string>(StringComparer.Ordinal);
    }

    /// <summary>Forgets a channel that the bot has left.</summary>
    public void Leave(string channel)
    {
        if (_channels.Remove(features.Fold(channel), out var nicks)) _count -= nicks.Count;
    }

    public string Fold(string channel) => features.Fold(channel);

    public bool Has(string channel) => _channels.ContainsKey(features.Fold(channel));

    /// <summary>Takes names of a channel: <c>353 me = #channel :@ann ben</c>.</summary>
    public void TakeNames(IrcLine line)
    {
        if (line.Parameters.Count < 4) return;
        var prefixes = features.MemberPrefixes.AsSpan();
        foreach (var name in line.Last.AsSpan().Split(' '))
        {
            var nick = line.Last.AsSpan(name).TrimStart(prefixes);
            if (!nick.IsEmpty) Add(line[2], nick.ToString());
        }
    }

    /// <summary>Adds a nick.</summary>
    /// <returns>False: it was there, or the bot is not in the channel.</returns>
    public bool Add(string channel, string nick)
    {
        if (!_channels.TryGetValue(features.Fold(channel), out var nicks)) return false;
        if (_count >= MostNicks) return !nicks.Contains(features.Fold(nick));
        if (!nicks.Add(features.Fold(nick))) return false;
        _count++;
        return true;
    }

    public void Remove(string channel, string nick)
    {
        if (_channels.TryGetValue(features.Fold(channel), out var nicks) && nicks.Remove(features.Fold(nick))) _count--;
    }

    /// <summary>Removes a nick from every channel.</summary>
    /// <returns>The folded names of the channels in which it was.</returns>
    public IReadOnlyList<string> RemoveAll(string nick)
    {
        var name = features.Fold(nick);
        var left = _channels.Where(entry => entry.Value.Remove(name)).Select(static entry => entry.Key).ToArray();
        _count -= left.Length;
        return left;
    }

    /// <summary>Replaces a nick in every channel.</summary>
    /// <returns>The folded names of the channels in which it was.</returns>
    public IReadOnlyList<string> Rename(string nick, string next)
    {
        var channels = RemoveAll(nick);
        foreach (var channel in channels) Add(channel, next);
        return channels;
    }
}
