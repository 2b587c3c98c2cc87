using System.Text;

namespace PluginGateway.Plugins.Irc;

/// <summary>Identity of the bot on the server: the nick, and the <c>nick!user@host</c> that the server puts before the bot's relayed lines. Written
/// by the reader only.</summary>
internal sealed class Identity(string nick, string user, ServerFeatures features)
{
    private const int LongestHost = 63;

    private volatile IrcSource _self = new(nick, null, null);

    public string Nick => _self.Nick;

    /// <summary>Bytes of the bot's prefix; a conservative estimate until the server has shown it.</summary>
    public int PrefixBytes => _self is { User: not null, Host: not null } known
        ? known.ByteCount
        : Encoding.UTF8.GetByteCount(Nick) + "!~@".Length + Math.Max(Encoding.UTF8.GetByteCount(user), 10) + LongestHost;

    public bool IsMe(string? name) => name is not null && features.Fold(name) == features.Fold(Nick);

    public void Learn(IrcSource source)
    {
        if (source is { User: not null, Host: not null }) _self = source;
    }

    public void Rename(string nick) => _self = _self with { Nick = nick };

    /// <summary>Takes a change of the bot's host: <c>host</c> or <c>user@host</c>.</summary>
    public void Rehost(string mask)
    {
        var at = mask.LastIndexOf('@');
        if (_self.User is { } user) _self = _self with { User = at < 0 ? user : mask[..at], Host = mask[(at + 1)..] };
    }
}
