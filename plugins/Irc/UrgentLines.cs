namespace PluginGateway.Plugins.Irc;

/// <summary>Lines that are sent without waiting for the flood limit, and count towards it. Any thread.</summary>
internal sealed class UrgentLines(IrcSocket ircSocket, FloodBucket bucket)
{
    public void Send(params IReadOnlyList<string> lines)
    {
        if (lines.Count == 0) return;
        bucket.Charge(lines.Count);
        ircSocket.Post(lines);
    }
}
