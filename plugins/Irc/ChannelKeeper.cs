namespace PluginGateway.Plugins.Irc;

/// <summary>Handler of the lines about channels and their members: keeps the bot in its channels, and builds the events of members. Used by the
/// reader only.</summary>
internal sealed class ChannelKeeper(
    AdapterContext context, Identity self, Membership membership, ChannelMembers members, MemberEvents events, Playback playback, History history,
    UrgentLines urgent)
{
    /// <summary>Takes a JOIN, PART, KICK, QUIT or NICK, or a list of names (353).</summary>
    /// <returns>The events of members.</returns>
    public IReadOnlyList<MembersChanged> Take(IrcLine line)
    {
        var isOurs = self.IsMe(line.Source?.Nick);
        switch (line.Command)
        {
            case "353":
                members.TakeNames(line);
                return [];
            case "NICK":
                return events.Rename(line, self.Nick, isOurs);
            case "JOIN" when isOurs:
                Enter(line);
                return [];
            case "PART" when isOurs:
                Leave(line, "we left it");
                return [];
            case "KICK" when self.IsMe(line[1]):
                try
                {
                    return events.Take(line, self.Nick);
                }
                finally
                {
                    Leave(line, $"kicked by {line.Source?.Nick}: {line.Last}");
                }

            default:
                return events.Take(line, self.Nick);
        }
    }

    /// <summary>Takes the bot's own JOIN. A channel that forwards, or an operator of the network, may have put it where it was not told to
    /// be.</summary>
    private void Enter(IrcLine join)
    {
        var channel = join[0];
        if (!membership.Enter(channel))
        {
            context.Log.Warning($"The IRC server has put us into {channel}, which is not in settings.channels; leaving it.");
            urgent.Send(IrcLine.Format("PART", channel));
            return;
        }

        members.Enter(channel);
        playback.Enter(members.Fold(channel), join);
        history.Enter(channel);
    }

    private void Leave(IrcLine line, string reason)
    {
        var channel = line[0];
        members.Leave(channel);
        playback.Leave(members.Fold(channel), line);
        if (membership.Leave(channel, reason) is not { } pause) return;
        history.Leave(channel);
        context.Log.Warning($"We are out of {channel} ({reason}); joining again in {pause.TotalSeconds:0} s.");
    }
}
