namespace PluginGateway.Plugins.Irc;

/// <summary>Builds the events of members from JOIN, PART, KICK, QUIT and NICK of other users, and from a KICK of the bot. Used by the reader
/// only.</summary>
internal sealed class MemberEvents(ServerFeatures features, Origins origins, Playback playback, ChannelMembers members)
{
    private static readonly IReadOnlyDictionary<string, string> NoExtras = new Dictionary<string, string>();

    /// <summary>Takes a NICK, and keeps the list of names. An id without an account is a nick: it has left every channel, and another has joined.</summary>
    /// <param name="line">The line.</param>
    /// <param name="nick">The bot's nick.</param>
    /// <param name="isOurs">True: the nick of the bot.</param>
    /// <returns>The events; none where the id stays the same.</returns>
    /// <exception cref="ArgumentException">A name in it is none, for example because of a control character.</exception>
    public IReadOnlyList<MembersChanged> Rename(IrcLine line, string nick, bool isOurs)
    {
        var channels = members.Rename(line.Source?.Nick ?? "", line[0]);
        if (isOurs || line.Source is not { User: not null } before || playback.Includes(line, null)) return [];
        var after = before with { Nick = line[0] };
        var (left, joined) = (origins.SenderOf(line, before, nick), origins.SenderOf(line, after, nick));
        if (left.Id == joined.Id) return [];
        return [.. channels.SelectMany(of => (MembersChanged[])[
            EventOf(line, before, IdOf(line, $"{of}#left"), of, MemberChange.Left, left),
            EventOf(line, after, IdOf(line, $"{of}#joined"), of, MemberChange.Joined, joined)])];
    }

    /// <summary>Takes a line about members, and keeps the list of names.</summary>
    /// <param name="line">The line, not the bot's own JOIN, PART or QUIT.</param>
    /// <param name="nick">The bot's nick.</param>
    /// <returns>The events; of a QUIT one for each channel.</returns>
    /// <exception cref="ArgumentException">A name in it is none, for example because of a control character.</exception>
    public IReadOnlyList<MembersChanged> Take(IrcLine line, string nick)
    {
        if (line.Command != "QUIT" && !members.Has(line[0])) return [];
        var channel = features.Fold(line[0]);
        if (playback.Includes(line, line.Command == "QUIT" ? null : channel)) return [];
        var source = line.Source is { User: not null } user ? user : null;
        switch (line.Command)
        {
            case "JOIN" when source is not null:
                return members.Add(channel, source.Nick) ? [Change(channel, MemberChange.Joined, origins.SenderOf(line, source, nick))] : [];
            case "PART" when source is not null:
                members.Remove(channel, source.Nick);
                return [Change(channel, MemberChange.Left, origins.SenderOf(line, source, nick))];
            case "QUIT" when source is not null:
                var channels = members.RemoveAll(source.Nick);
                return [.. channels.Select(left => Change(left, MemberChange.Left, origins.SenderOf(line, source, nick)))];
            case "KICK":
                members.Remove(channel, line[1]);
                return [Kick(channel)];
            default:
                return [];
        }

        MembersChanged Change(string of, MemberChange change, Sender sender) => EventOf(line, source!, IdIn(of), of, change, sender);

        // The line has no more than the nick of the removed user.
        MembersChanged Kick(string of)
        {
            var by = source is null ? null : origins.SenderOf(line, source, nick);
            var isBot = features.Fold(line[1]) == features.Fold(nick);
            return new(IdIn(of), new Chat(of, ChatKind.Group), by, isBot ? MemberChange.BotRemoved : MemberChange.Left)
            {
                Members = isBot ? [] : [new Sender(features.Fold(line[1]), line[1])],
                PlatformTime = line.Time,
                Extras = source is null ? NoExtras : Origins.MaskOf(source),
            };
        }

        // The parts of one QUIT have ids of their own.
        string? IdIn(string of) => line.Command == "QUIT" ? IdOf(line, of) : Origins.LineIdOf(line);
    }

    private static MembersChanged EventOf(IrcLine line, IrcSource source, string? id, string channel, MemberChange change, Sender sender) =>
        new(id, new Chat(channel, ChatKind.Group), sender, change)
        {
            Members = [sender],
            PlatformTime = line.Time,
            Extras = Origins.MaskOf(source),
        };

    /// <summary>Returns the id of a part of a line.</summary>
    private static string? IdOf(IrcLine line, string part) =>
        Origins.LineIdOf(line) is { } id && Origins.IsId($"{id}#{part}") ? $"{id}#{part}" : null;
}
