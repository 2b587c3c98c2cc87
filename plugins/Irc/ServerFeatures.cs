using System.Globalization;

namespace PluginGateway.Plugins.Irc;

/// <summary>Features of the server from 005 (ISUPPORT).</summary>
internal sealed class ServerFeatures
{
    private const int ProtocolLineLength = 512;

    /// <summary>Room that a client leaves in a line for source, command and target, and the word at which it splits, in bytes.</summary>
    private const int RoomOfClients = 128;

    /// <summary>Value of <see cref="ClientSplitLength"/> for a line of the protocol's own length.</summary>
    public const int LeastClientSplitLength = ProtocolLineLength - RoomOfClients;

    private string[] _deniedTags = [];

    /// <summary>Comparison of names.</summary>
    public string CaseMapping { get; private set; } = Irc.CaseMapping.Default;

    /// <summary>The longest line in bytes, its CR LF included.</summary>
    public int LineLength { get; private set; } = ProtocolLineLength;

    /// <summary>Length in bytes from which the text of a line may be a part of a longer one.</summary>
    public int ClientSplitLength => LineLength - RoomOfClients;

    /// <summary>First characters of channel names.</summary>
    public string ChannelTypes { get; private set; } = "#&";

    /// <summary>Prefixes of a channel's name that address only members of a rank.</summary>
    public string StatusPrefixes { get; private set; } = "";

    /// <summary>Prefixes of nicks in a list of names that show a rank.</summary>
    public string MemberPrefixes { get; private set; } = "@+";

    /// <summary>The longest nick; null where the server does not say.</summary>
    public int? NickLength { get; private set; }

    /// <summary>The most lines of a history that the server gives at once; 0 or null: unknown.</summary>
    public int? HistoryLimit { get; private set; }

    /// <summary>True: a history can be asked for from a message on.</summary>
    public bool TakesMessageIds { get; private set; }

    /// <summary>Returns true if the server relays a client-only tag, named without its <c>+</c>. CLIENTTAGDENY has the denied tags, or <c>*</c> and
    /// behind it the relayed ones (<c>*,-typing</c>; IRCv3, message tags).</summary>
    public bool RelaysTag(string name) => _deniedTags.Contains("*") ? _deniedTags.Contains($"-{name}") : !_deniedTags.Contains(name);

    /// <summary>Cuts a nick to the server's length.</summary>
    public string CutNick(string nick) => NickLength < nick.Length ? nick[..NickLength.Value] : nick;

    public string Fold(string name) => Irc.CaseMapping.Fold(name, CaseMapping);

    public bool IsChannel(string target) => target.Length > 0 && ChannelTypes.Contains(target[0], StringComparison.Ordinal);

    /// <summary>Returns the channel behind a target such as <c>@#staff</c>.</summary>
    public string WithoutStatus(string target)
    {
        var name = target.TrimStart([.. StatusPrefixes]);
        return name.Length < target.Length && IsChannel(name) ? name : target;
    }

    /// <summary>Takes one 005: the bot's nick, the tokens, a sentence.</summary>
    public void Take(IrcLine line)
    {
        foreach (var token in line.Parameters.Skip(1).SkipLast(1))
        {
            var equals = token.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = equals < 0 ? (token, "") : (token[..equals], token[(equals + 1)..]);
            if (name == "CASEMAPPING" && value.Length > 0) CaseMapping = value.ToLowerInvariant();
            else if (name == "CHANTYPES") ChannelTypes = value;
            else if (name == "STATUSMSG") StatusPrefixes = value;
            else if (name == "CLIENTTAGDENY") _deniedTags = value.Split(',');
            else if (name == "PREFIX") MemberPrefixes = value[(value.IndexOf(')', StringComparison.Ordinal) + 1)..];
            else if (name is "CHATHISTORY" or "draft/CHATHISTORY"
                && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var history))
                HistoryLimit = history;
            else if (name == "MSGREFTYPES") TakesMessageIds = value.Split(',').Contains("msgid", StringComparer.Ordinal);
            else if (name is "NICKLEN" or "MAXNICKLEN" && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var longest)
                && longest > 0)
                NickLength = longest;
            // Below the protocol's own length it would be a mistake, above 64 KiB a trick.
            else if (name == "LINELEN" && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var length))
                LineLength = Math.Clamp(length, ProtocolLineLength, 64 * 1024);
        }
    }
}
