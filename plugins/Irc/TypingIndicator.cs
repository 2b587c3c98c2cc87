namespace PluginGateway.Plugins.Irc;

/// <summary>Typing indicator: TAGMSG with <c>+typing=active</c> (IRCv3, client tag <c>typing</c>), where the server has <c>message-tags</c>;
/// elsewhere nothing is sent. Any thread.</summary>
internal sealed class TypingIndicator(ServerFeatures features, ConfirmedLines confirmed, FloodBucket bucket, TimeProvider clock, bool hasTags)
{
    /// <summary>The TAGMSG and its PING.</summary>
    private const int Lines = 2;

    /// <summary>Shortest time between two indicators to one target, by the specification.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _shown = new(StringComparer.Ordinal);

    /// <summary>Shows the indicator, unless that could delay a message.</summary>
    public void Show(string target)
    {
        if (!hasTags || !features.RelaysTag("typing") || confirmed.Refuse(target) is not null) return;
        lock (_lock)
        {
            foreach (var (name, _) in _shown.Where(entry => clock.GetElapsedTime(entry.Value) >= Pause).ToArray()) _shown.Remove(name);
            if (_shown.ContainsKey(target) || !bucket.TryTakeFromFull(Lines)) return;
            _shown[target] = clock.GetTimestamp();
        }

        confirmed.Post(target, $"@+typing=active {IrcLine.Format("TAGMSG", target)}");
    }
}
