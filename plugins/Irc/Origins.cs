namespace PluginGateway.Plugins.Irc;

/// <summary>Builds sender and chat of a received line.</summary>
/// <param name="features">The features of the server, for the comparison of names.</param>
/// <param name="hasAccounts">True: the server reports each sender's account (<c>account-tag</c>), so that no sender is identified by a nick, which
/// any user can take.</param>
internal sealed class Origins(ServerFeatures features, bool hasAccounts)
{
    /// <summary>Prefix of the ids of senders that are logged in.</summary>
    public const string AccountPrefix = "account:";

    private const int LongestId = 512;

    /// <summary>Returns true if the text can be an id of the contract: 1 to 512 characters, no control characters.</summary>
    public static bool IsId(string text) => text.Length is > 0 and <= LongestId && !text.Any(char.IsControl);

    /// <summary>Returns the id that the server gives a line (tag <c>msgid</c>); null where it gives none.</summary>
    public static string? LineIdOf(IrcLine line) => line.Tags.TryGetValue("msgid", out var id) && IsId(id) ? id : null;

    /// <summary>Returns the id of the message that a line answers: clients say it by the tag <c>+draft/reply</c> (IRCv3, client-only tags), now
    /// <c>+reply</c>.</summary>
    public static string? AnsweredBy(IrcLine line) =>
        (line.Tags.TryGetValue("+reply", out var id) || line.Tags.TryGetValue("+draft/reply", out id)) && IsId(id) ? id : null;

    /// <summary>Returns the extra with the whole mask of a user.</summary>
    public static Dictionary<string, string> MaskOf(IrcSource source) => new() { ["irc.mask"] = source.ToString() };

    /// <summary>Returns the chat of a line. Names that the server takes for the same get the same id, so that a chat stays one conversation however
    /// it is spelled.</summary>
    /// <param name="target">The target of the line.</param>
    /// <param name="source">Its source: a user.</param>
    /// <param name="nick">The bot's nick.</param>
    /// <returns>The chat; null: the line is not meant for the bot.</returns>
    public Chat? ChatOf(string target, IrcSource source, string nick)
    {
        var name = features.WithoutStatus(target);
        if (features.IsChannel(name)) return new Chat(features.Fold(name), ChatKind.Group);
        return features.Fold(name) == features.Fold(nick) ? new Chat(features.Fold(source.Nick), ChatKind.Direct) : null;
    }

    /// <param name="line">The line.</param>
    /// <param name="source">Its source: a user.</param>
    /// <param name="nick">The bot's nick.</param>
    /// <exception cref="ArgumentException">A name in it is none, for example because of a control character.</exception>
    public Sender SenderOf(IrcLine line, IrcSource source, string nick) =>
        new(IdOf(line, source), source.Nick, line.Tags.ContainsKey("bot"))
        {
            IsSelf = features.Fold(source.Nick) == features.Fold(nick),
            Account = line.Tags.TryGetValue("account", out var account) && IsId(account) ? account : null,
        };

    /// <summary>Returns the account, where the server reports it, or the whole mask of a sender without one; on other servers the nick.</summary>
    private string IdOf(IrcLine line, IrcSource source)
    {
        if (!hasAccounts) return features.Fold(source.Nick);
        return line.Tags.TryGetValue("account", out var account) && account.Length > 0
            ? $"{AccountPrefix}{features.Fold(account)}"
            : $"{features.Fold(source.Nick)}!{source.User}@{source.Host}";
    }
}
