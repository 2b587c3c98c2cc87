namespace PluginGateway.Plugins.Irc;

/// <summary>Builds reactions from TAGMSG (IRCv3, client tags <c>react</c> and <c>reply</c>).</summary>
internal sealed class ReceivedReaction(Origins origins)
{
    /// <summary>Returns the reaction; null for a line without one, as a typing indicator.</summary>
    /// <param name="line">The line.</param>
    /// <param name="nick">The bot's nick.</param>
    /// <exception cref="ArgumentException">A name in it is none, for example because of a control character.</exception>
    public ReactionChanged? Read(IrcLine line, string nick)
    {
        var (added, removed) = (Of("+draft/react"), Of("+draft/unreact"));
        if ((added.Length == 0 && removed.Length == 0) || line.Source is not { User: not null } source || Origins.AnsweredBy(line) is not { } id
            || origins.ChatOf(line[0], source, nick) is not { } chat)
            return null;
        return new ReactionChanged(Origins.LineIdOf(line), chat, origins.SenderOf(line, source, nick), id)
        {
            Added = added,
            Removed = removed,
            PlatformTime = line.Time,
            Extras = Origins.MaskOf(source),
        };

        ReactionEmoji[] Of(string tag) => line.Tags.TryGetValue(tag, out var emoji) && Origins.IsId(emoji) ? [new(emoji)] : [];
    }
}
