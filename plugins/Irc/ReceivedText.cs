using System.Globalization;
using System.Text.RegularExpressions;

namespace PluginGateway.Plugins.Irc;

/// <summary>Builds messages from PRIVMSG and NOTICE.</summary>
/// <param name="features">The features of the server, for the comparison of names.</param>
/// <param name="hasAccounts">True: the server reports each sender's account (<c>account-tag</c>), so that no sender is identified by a nick, which
/// any user can take.</param>
internal sealed partial class ReceivedText(ServerFeatures features, bool hasAccounts)
{
    private const char Ctcp = '\u0001';
    private const string Action = "ACTION ";
    private const int LongestId = 512;

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

        text = Formatting().Replace(text, "");
        if (text.Length == 0 || ChatOf(line[0], source, nick) is not { } chat) return null;
        var extras = new Dictionary<string, string> { ["irc.mask"] = source.ToString() };
        if (isAction) extras["irc.action"] = "true";
        if (line.Command == "NOTICE") extras["irc.notice"] = "true";
        var id = line.Tags.TryGetValue("msgid", out var given) && IsId(given) ? given : null;
        return new InboundMessage(id, chat, SenderOf(line, source, nick), text)
        {
            Quote = QuoteOf(line),
            PlatformTime = line.Time,
            MentionsBot = chat.Kind == ChatKind.Group && Mention.IsIn(text, nick, features),
            Extras = extras,
        };
    }

    private Sender SenderOf(IrcLine line, IrcSource source, string nick)
    {
        var isSelf = features.Fold(source.Nick) == features.Fold(nick);
        return new Sender(IdOf(line, source), source.Nick, line.Tags.ContainsKey("bot"))
        {
            IsSelf = isSelf,
            Account = line.Tags.TryGetValue("account", out var account) && IsId(account) ? account : null,
        };
    }

    /// <summary>Returns the message that this one answers: clients say it by the tag <c>+draft/reply</c> (IRCv3, client-only tags), now
    /// <c>+reply</c>.</summary>
    private static Quote? QuoteOf(IrcLine line) =>
        (line.Tags.TryGetValue("+reply", out var id) || line.Tags.TryGetValue("+draft/reply", out id)) && IsId(id) ? new Quote(id) : null;

    private static bool IsId(string text) => text.Length is > 0 and <= LongestId && !text.Any(char.IsControl);

    /// <summary>Returns the account, where the server reports it, or the whole mask of a sender without one; on other servers the nick.</summary>
    private string IdOf(IrcLine line, IrcSource source)
    {
        if (!hasAccounts) return features.Fold(source.Nick);
        return line.Tags.TryGetValue("account", out var account) && account.Length > 0
            ? $"account:{features.Fold(account)}"
            : $"{features.Fold(source.Nick)}!{source.User}@{source.Host}";
    }

    /// <summary>Names that the server takes for the same get the same id, so that a chat stays one conversation however it is spelled.</summary>
    private Chat? ChatOf(string target, IrcSource source, string nick)
    {
        var name = features.WithoutStatus(target);
        if (features.IsChannel(name)) return new Chat(features.Fold(name), ChatKind.Group);
        return features.Fold(name) == features.Fold(nick) ? new Chat(features.Fold(source.Nick), ChatKind.Direct) : null;
    }

    /// <summary>Formatting codes of clients: mIRC's colours, by name or by RGB, and the toggles.</summary>
    [GeneratedRegex(@"\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]")]
    private static partial Regex Formatting();
}
