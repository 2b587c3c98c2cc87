using PluginGateway.Threads;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Senders of whose messages more is expected: in a group that hears only messages to the bot their next message is kept too, until it is
/// known whether one of them is for the bot. That is decided from the rows; here a message is rather kept in vain. Any thread.</summary>
internal sealed class OpenWindows(TimeProvider clock)
{
    /// <summary>Time for which a message that shows that more is coming is expected to be followed.</summary>
    public static readonly TimeSpan Hold = TimeSpan.FromMilliseconds(1200);

    /// <summary>Largest number of senders; of a further one nothing is expected.</summary>
    private const int Most = 4096;

    /// <summary>Time that a commit may take.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly Dictionary<(string Session, string Sender), long> _until = [];
    private readonly long _start = clock.GetTimestamp();

    /// <summary>Returns true if a message that is not for the bot may belong to one that is: it shows that more is coming, or its sender's last one
    /// did. Just after a start every sender's did, because the last process may have received it.</summary>
    public bool MayBelong(string session, InboundMessage message)
    {
        if (message.Sender.IsBot || message.Command is not null) return false;
        if (ShowsMore(message) || clock.GetElapsedTime(_start) < Hold + Slack) return true;
        using (UninterruptibleLock.Enter(_gate))
            return _until.TryGetValue((session, message.Sender.Id), out var until) && until > clock.GetTimestamp();
    }

    /// <summary>Records a message that is stored.</summary>
    /// <param name="session">Its session.</param>
    /// <param name="message">The message.</param>
    /// <param name="hold">Time for which any message is held.</param>
    public void Note(string session, InboundMessage message, TimeSpan hold)
    {
        var open = ShowsMore(message) && Hold > hold ? Hold : hold;
        if (open == TimeSpan.Zero) return;
        var now = clock.GetTimestamp();
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_until.Count >= Most) foreach (var (key, until) in _until.ToArray()) if (until <= now) _until.Remove(key);
            if (_until.Count < Most) _until[(session, message.Sender.Id)] = now + (long)((open + Slack).TotalSeconds * clock.TimestampFrequency);
        }
    }

    private static bool ShowsMore(InboundMessage message) => message.IsSplit || message.GroupId is not null || message.ForwardedFrom is not null;
}
