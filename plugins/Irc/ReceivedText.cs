using System.Globalization;

namespace PluginGateway.Plugins.Irc;

/// <summary>Makes a message of a PRIVMSG or NOTICE.</summary>
internal static class ReceivedText
{
    private const char Ctcp = '\u0001';
    private const string Action = "ACTION ";
    private const int LongestId = 512;

    /// <summary>The message; null for what is none: CTCP other than ACTION, the server's own notices, what is not meant for us.</summary>
    /// <param name="line">The line.</param>
    /// <param name="nick">Our nick.</param>
    /// <param name="features">How the server compares names.</param>
    /// <param name="state">Goes into the store with the message.</param>
    public static InboundMessage? Read(IrcLine line, string nick, ServerFeatures features, IReadOnlyDictionary<string, string> state)
    {
        if (line.Parameters.Count < 2 || line.Source is not { User: not null } source) return null;
        var (text, isAction) = (line.Last, false);
        if (text.StartsWith(Ctcp))
        {
            text = text.Trim(Ctcp);
            if (!text.StartsWith(Action, StringComparison.Ordinal)) return null;
            (text, isAction) = (text[Action.Length..], true);
        }

        if (text.Length == 0 || ChatOf(line[0], source, nick, features) is not { } chat) return null;
        var extras = new Dictionary<string, string> { ["irc.mask"] = source.ToString() };
        if (line.Tags.TryGetValue("account", out var account)) extras["irc.account"] = account;
        if (isAction) extras["irc.action"] = "true";
        if (line.Command == "NOTICE") extras["irc.notice"] = "true";
        var id = line.Tags.TryGetValue("msgid", out var given) && given.Length is > 0 and <= LongestId && !given.Any(char.IsControl) ? given : null;
        return new InboundMessage(id, chat, SenderOf(line, source, nick, features), text)
        {
            PlatformTime = line.Tags.TryGetValue("time", out var time) && DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var said) ? said : null,
            MentionsBot = chat.Kind == ChatKind.Group && Mention.IsIn(text, nick, features),
            Extras = extras,
            State = state,
        };
    }

    private static Sender SenderOf(IrcLine line, IrcSource source, string nick, ServerFeatures features)
    {
        var id = features.Fold(source.Nick);
        return new Sender(id, source.Nick, line.Tags.ContainsKey("bot")) { IsSelf = id == features.Fold(nick) };
    }

    /// <summary>Names that the server takes for the same get the same id, so that a chat stays one conversation however it is spelled.</summary>
    private static Chat? ChatOf(string target, IrcSource source, string nick, ServerFeatures features)
    {
        var name = features.WithoutStatus(target);
        if (features.IsChannel(name)) return new Chat(features.Fold(name), ChatKind.Group);
        return features.Fold(name) == features.Fold(nick) ? new Chat(features.Fold(source.Nick), ChatKind.Direct) : null;
    }
}
