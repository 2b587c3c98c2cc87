namespace PluginGateway.Plugins.Irc;

/// <summary>Builds messages from PRIVMSG and NOTICE.</summary>
internal sealed class ReceivedText(ServerFeatures features, Origins origins)
{
    private const char Ctcp = '\u0001';
    private const string Action = "ACTION ";

    /// <summary>Returns the message; null for a line without one: CTCP other than ACTION, the server's own notices, lines not meant for the
    /// bot.</summary>
    /// <param name="line">The line.</param>
    /// <param name="nick">The bot's nick.</param>
    /// <exception cref="ArgumentException">A name in it is none, for example because of a control character.</exception>
    public InboundMessage? Read(IrcLine line, string nick)
    {
        if (line.Parameters.Count < 2 || line.Source is not { User: not null } source) return null;
        var (text, isAction) = (line.Last, false);
        if (text.StartsWith(Ctcp))
        {
            text = text.Trim(Ctcp);
            if (!text.StartsWith(Action, StringComparison.Ordinal)) return null;
            (text, isAction) = (text[Action.Length..], true);
        }

        text = FormattingCodes.RemoveFrom(text);
        if (text.Length == 0 || origins.ChatOf(line[0], source, nick) is not { } chat) return null;
        var extras = Origins.MaskOf(source);
        if (isAction) extras["irc.action"] = "true";
        if (line.Command == "NOTICE") extras["irc.notice"] = "true";
        var id = Origins.LineIdOf(line);
        return new InboundMessage(id, chat, origins.SenderOf(line, source, nick), text)
        {
            MessageId = id,
            Quote = Origins.AnsweredBy(line) is { } answered ? new Quote(answered) : null,
            PlatformTime = line.Time,
            MentionsBot = chat.Kind == ChatKind.Group && Mention.IsIn(text, nick, features),
            Extras = extras,
        };
    }
}
