using System.Buffers;
using System.Net;
using System.Text;

namespace PluginGateway.Plugins.Irc;

/// <summary>The adapter's settings; <c>README.md</c> beside the source explains each.</summary>
internal sealed record IrcSettings
{
    private const int MostCommands = 20;
    private const int LongestCommand = 510;

    /// <summary>Time for the commands within the deadline of a connect, 30 s by default.</summary>
    private const int LongestLoginSeconds = 15;
    private const string Formatted = "irc";
    private const string Unformatted = "none";

    private static readonly SearchValues<char> NeverInNicks = SearchValues.Create("!@:#,*?");

    public string Server { get; init; } = "";

    public int? Port { get; init; }

    public bool Tls { get; init; } = true;

    public string? TlsFingerprint { get; init; }

    public string Nick { get; init; } = "";

    public IReadOnlyList<string> AlternativeNicks { get; init; } = [];

    public string? User { get; init; }

    public string? RealName { get; init; }

    public string? Password { get; init; }

    public string? SaslUser { get; init; }

    public string? SaslPassword { get; init; }

    public string SaslMechanism { get; init; } = Irc.SaslMechanism.Plain;

    public string? ClientCertificate { get; init; }

    public string? NickServPassword { get; init; }

    public IReadOnlyList<string> Commands { get; init; } = [];

    public IReadOnlyList<string> Channels { get; init; } = [];

    public string Formatting { get; init; } = Formatted;

    public bool SendNotices { get; init; }

    public bool AcceptNotices { get; init; }

    public double LinesPerSecond { get; init; } = 1;

    public int BurstLines { get; init; } = 5;

    public int PingAfterSeconds { get; init; } = 60;

    public int PongTimeoutSeconds { get; init; } = 20;

    public int RejoinSeconds { get; init; } = 10;

    public double HistoryHours { get; init; } = 24;

    /// <summary>True: Markdown is sent as IRC's formatting.</summary>
    public bool IsFormatted => Formatting == Formatted;

    public int EffectivePort => Port ?? (Tls ? 6697 : 6667);

    /// <summary>User name that servers accept: of a nick used instead only letters, digits, '-' and '_'.</summary>
    public string EffectiveUser => User ?? PlainUser(Nick);

    /// <summary>Reads the settings and reports everything that is wrong with them.</summary>
    public static IrcSettings Read(SettingsReader reader)
    {
        var defaults = new IrcSettings();
        var settings = new IrcSettings
        {
            Server = reader.Text("server", defaults.Server),
            Port = reader.WholeNumber("port", 1, 65535),
            Tls = reader.Switch("tls", defaults.Tls),
            TlsFingerprint = reader.Text("tlsFingerprint"),
            Nick = reader.Text("nick", defaults.Nick),
            AlternativeNicks = reader.Texts("alternativeNicks"),
            User = reader.Text("user"),
            RealName = reader.Text("realName"),
            Password = reader.Secret("password"),
            SaslUser = reader.Text("saslUser"),
            SaslPassword = reader.Text("saslPassword"),
            SaslMechanism = reader.Choice(
                "saslMechanism", [Irc.SaslMechanism.Plain, Irc.SaslMechanism.External, Irc.SaslMechanism.Scram], defaults.SaslMechanism),
            ClientCertificate = reader.Text("clientCertificate"),
            NickServPassword = reader.Secret("nickServPassword"),
            Commands = reader.Texts("commands"),
            Channels = reader.Texts("channels"),
            Formatting = reader.Choice("formatting", [Formatted, Unformatted], defaults.Formatting),
            SendNotices = reader.Switch("sendNotices", defaults.SendNotices),
            AcceptNotices = reader.Switch("acceptNotices", defaults.AcceptNotices),
            LinesPerSecond = reader.Number("linesPerSecond", 0, 100, defaults.LinesPerSecond),
            BurstLines = reader.WholeNumber("burstLines", 2, 1000, defaults.BurstLines),
            PingAfterSeconds = reader.WholeNumber("pingAfterSeconds", 1, 3600, defaults.PingAfterSeconds),
            PongTimeoutSeconds = reader.WholeNumber("pongTimeoutSeconds", 1, 600, defaults.PongTimeoutSeconds),
            RejoinSeconds = reader.WholeNumber("rejoinSeconds", 1, 3600, defaults.RejoinSeconds),
            HistoryHours = reader.Number("historyHours", 0, 168, defaults.HistoryHours),
        };
        settings.Check(reader);
        settings.CheckLogin(reader);
        return settings;
    }

    private void Check(SettingsReader reader)
    {
        if (!IsWord(Server)) reader.Problem("server", "It must be the name or address of an IRC server.");
        if (!IsNick(Nick)) reader.Problem("nick", "It must be a nick: at most 64 characters, no spaces, none of '!@:#,*?', no digit or '-' first.");
        for (var i = 0; i < AlternativeNicks.Count; i++)
        {
            if (!IsNick(AlternativeNicks[i])) reader.Problem($"alternativeNicks[{i}]", "It must be a nick.");
        }

        if (User is not null && (!IsWord(User) || User.AsSpan().ContainsAny("!@")))
            reader.Problem("user", "It must be one word without '!' and '@'.");
        if (RealName is not null && (RealName.Length == 0 || HasControl(RealName))) reader.Problem("realName", "It must be one line of text.");
        if (Password is not null && !Tls && !IsThisMachine)
            reader.Problem("password", "It would be sent readable for everybody on the way: a password needs tls, except on this machine.");
        if (TlsFingerprint is not null && (!Tls || Fingerprint.Normalize(TlsFingerprint) is null))
            reader.Problem(
                "tlsFingerprint", "It must be the SHA-256 of the server's certificate as 64 hex digits (colons allowed), and needs tls.");
        for (var i = 0; i < Channels.Count; i++)
        {
            if (!IsChannel(Channels[i]))
                reader.Problem($"channels[{i}]", "It must be a channel ('#gateway'), with its key after a space if it has one.");
        }

        if (LinesPerSecond is not (0 or (>= 0.1 and <= 100))) reader.Problem("linesPerSecond", "It must be from 0.1 to 100, or 0 for no limit.");
    }

    private void CheckLogin(SettingsReader reader)
    {
        var isExternal = SaslMechanism == Irc.SaslMechanism.External;
        if (isExternal && SaslPassword is not null) reader.Problem("saslPassword", "SASL EXTERNAL has none: the certificate logs in.");
        else if (!isExternal && (SaslUser is null) != (SaslPassword is null))
            reader.Problem("saslPassword", "saslUser and saslPassword go together.");
        else if (SaslMechanism == Irc.SaslMechanism.Scram && SaslPassword is null)
            reader.Problem("saslMechanism", "It needs saslUser and saslPassword.");
        if (SaslUser?.Length == 0 || SaslPassword?.Length == 0) reader.Problem("saslPassword", "saslUser and saslPassword must not be empty.");
        if (SaslPassword is not null && !Tls && !IsThisMachine)
            reader.Problem("saslPassword", "It would be sent readable for everybody on the way: SASL needs tls, except on this machine.");
        if (isExternal && ClientCertificate is null) reader.Problem("saslMechanism", "SASL EXTERNAL needs clientCertificate.");
        if (ClientCertificate is not null && !Tls) reader.Problem("clientCertificate", "It needs tls.");
        else if (ClientCertificate is not null && Irc.ClientCertificate.Problem(ClientCertificate) is { } unusable)
            reader.Problem("clientCertificate", unusable);
        if (NickServPassword is not null && !Tls && !IsThisMachine)
            reader.Problem("nickServPassword", "It would be sent readable for everybody on the way: it needs tls, except on this machine.");
        if (Commands.Count > MostCommands) reader.Problem("commands", $"They must be at most {MostCommands}.");
        else if (LinesPerSecond > 0 && (Commands.Count - BurstLines) / LinesPerSecond > LongestLoginSeconds)
            reader.Problem("commands", $"With linesPerSecond and burstLines they would take more than {LongestLoginSeconds} s.");
        for (var i = 0; i < Commands.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(Commands[i]) || HasControl(Commands[i]) || Encoding.UTF8.GetByteCount(Commands[i]) > LongestCommand)
                reader.Problem($"commands[{i}]", $"It must be one line of at most {LongestCommand} bytes.");
        }
    }

    private static string PlainUser(string nick)
    {
        var plain = string.Concat(nick.Where(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')).TrimStart('-', '_');
        return plain.Length == 0 ? "gateway" : plain;
    }

    private bool IsThisMachine => Server == "localhost" || (IPAddress.TryParse(Server, out var address) && IPAddress.IsLoopback(address));

    private static bool IsNick(string? nick) =>
        nick is { Length: > 0 and <= 64 } && IsWord(nick) && !nick.AsSpan().ContainsAny(NeverInNicks) && !char.IsAsciiDigit(nick[0])
        && nick[0] != '-';

    private static bool IsChannel(string? channel)
    {
        if (channel is null || HasControl(channel)) return false;
        var words = channel.Split(' ');
        return words.Length is 1 or 2 && words[0].Length > 1 && "#&+!".Contains(words[0][0], StringComparison.Ordinal)
            && words.All(static word => IsWord(word) && !word.Contains(',', StringComparison.Ordinal));
    }

    private static bool IsWord(string? text) =>
        text is { Length: > 0 and <= 255 } && !HasControl(text) && !text.Contains(' ', StringComparison.Ordinal) && text[0] != ':';

    private static bool HasControl(string text) => text.Any(char.IsControl);
}
