using System.Globalization;
using System.Text;

namespace PluginGateway.Plugins.Irc;

/// <summary>Source of a line: a server, or a user as <c>nick!user@host</c>.</summary>
internal sealed record IrcSource(string Nick, string? User, string? Host)
{
    /// <summary>Bytes of <c>nick!user@host</c>.</summary>
    public int ByteCount => Encoding.UTF8.GetByteCount(ToString());

    public static IrcSource Parse(string text)
    {
        var at = text.LastIndexOf('@');
        var mask = at < 0 ? text : text[..at];
        var bang = mask.IndexOf('!', StringComparison.Ordinal);
        return new IrcSource(bang < 0 ? mask : mask[..bang], bang < 0 ? null : mask[(bang + 1)..], at < 0 ? null : text[(at + 1)..]);
    }

    public override string ToString() => $"{Nick}{(User is null ? "" : "!" + User)}{(Host is null ? "" : "@" + Host)}";
}

/// <summary>Line of the protocol (RFC 1459 2.3.1, with the message tags of IRCv3).</summary>
internal sealed record IrcLine(IReadOnlyDictionary<string, string> Tags, IrcSource? Source, string Command, IReadOnlyList<string> Parameters)
{
    private static readonly IReadOnlyDictionary<string, string> NoTags = new Dictionary<string, string>();

    /// <summary>A parameter, or nothing where there is none: servers leave them out.</summary>
    public string this[int index] => index < Parameters.Count ? Parameters[index] : "";

    /// <summary>The last parameter, which holds the text to read.</summary>
    public string Last => Parameters.Count == 0 ? "" : Parameters[^1];

    /// <summary>Time of the message, where the server has <c>server-time</c>.</summary>
    public DateTimeOffset? Time =>
        Tags.TryGetValue("time", out var time)
        && DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var said) ? said : null;

    /// <summary>The answer to a PING: its token, without characters that a line must not have.</summary>
    public string Pong => Format("PONG", string.Concat(Last.Where(static c => c is not ('\r' or '\n' or '\0'))));

    /// <summary>Reads a line without its line end; null when it holds no command.</summary>
    public static IrcLine? Parse(string line)
    {
        var rest = line.AsSpan().TrimStart(' ');
        var tags = NoTags;
        IrcSource? source = null;
        if (rest.StartsWith("@")) tags = ReadTags(Word(ref rest)[1..]);
        if (rest.StartsWith(":")) source = IrcSource.Parse(Word(ref rest)[1..].ToString());
        var command = Word(ref rest).ToString().ToUpperInvariant();
        if (command.Length == 0) return null;
        var parameters = new List<string>();
        while (!rest.IsEmpty)
        {
            if (rest[0] == ':')
            {
                parameters.Add(rest[1..].ToString());
                break;
            }

            parameters.Add(Word(ref rest).ToString());
        }

        return new IrcLine(tags, source, command, parameters);
    }

    /// <summary>Writes a line; the last parameter may hold spaces.</summary>
    /// <exception cref="ArgumentException">A parameter would end the line, or be read as two.</exception>
    public static string Format(string command, params ReadOnlySpan<string> parameters)
    {
        var line = new StringBuilder(command);
        for (var i = 0; i < parameters.Length; i++)
        {
            var (value, isLast) = (parameters[i], i == parameters.Length - 1);
            if (value.AsSpan().ContainsAny('\r', '\n', '\0')) throw new ArgumentException("A parameter holds a line end or NUL.", nameof(parameters));
            var needsColon = value.Length == 0 || value[0] == ':' || value.Contains(' ', StringComparison.Ordinal);
            if (needsColon && !isLast)
                throw new ArgumentException($"Only the last parameter may be empty or hold a space: '{value}'.", nameof(parameters));
            line.Append(' ').Append(needsColon ? ":" : "").Append(value);
        }

        return line.ToString();
    }

    /// <summary>Escapes the value of a tag (IRCv3, message tags). The text must hold no control character.</summary>
    public static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace(";", "\\:", StringComparison.Ordinal).Replace(" ", "\\s", StringComparison.Ordinal);

    private static ReadOnlySpan<char> Word(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOf(' ');
        var word = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[end..].TrimStart(' ');
        return word;
    }

    private static Dictionary<string, string> ReadTags(ReadOnlySpan<char> text)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var range in text.Split(';'))
        {
            var tag = text[range];
            if (tag.IsEmpty) continue;
            var equals = tag.IndexOf('=');
            if (equals < 0) tags[tag.ToString()] = "";
            else tags[tag[..equals].ToString()] = Unescape(tag[(equals + 1)..]);
        }

        return tags;
    }

    private static string Unescape(ReadOnlySpan<char> value)
    {
        if (!value.Contains('\\')) return value.ToString();
        var text = new StringBuilder(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] != '\\') text.Append(value[i]);
            else if (++i < value.Length) text.Append(value[i] switch { ':' => ';', 's' => ' ', 'r' => '\r', 'n' => '\n', var other => other });
        }

        return text.ToString();
    }
}
