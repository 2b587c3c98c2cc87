using System.Buffers;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using PluginGateway.Plugins.Shared;

namespace PluginGateway.Plugins.Irc;

/// <summary>The adapter's settings; <c>README.md</c> beside the source explains each.</summary>
/// <remarks>Set, not init: the generated reader gives a missing init-only property the default of its type instead of the one declared
/// here.</remarks>
internal sealed record IrcSettings
{
    private static readonly SearchValues<char> NeverInNicks = SearchValues.Create("!@:#,*?");

    public string Server { get; set; } = "";

    public int? Port { get; set; }

    public bool Tls { get; set; } = true;

    public string? TlsFingerprint { get; set; }

    public string Nick { get; set; } = "";

    public IReadOnlyList<string> AlternativeNicks { get; set; } = [];

    public string? User { get; set; }

    public string? RealName { get; set; }

    public string? Password { get; set; }

    public string? SaslUser { get; set; }

    public string? SaslPassword { get; set; }

    public IReadOnlyList<string> Channels { get; set; } = [];

    public bool SendNotices { get; set; }

    public bool AcceptNotices { get; set; }

    public double LinesPerSecond { get; set; } = 1;

    public int BurstLines { get; set; } = 5;

    public int PingAfterSeconds { get; set; } = 60;

    public int PongTimeoutSeconds { get; set; } = 20;

    public int RejoinSeconds { get; set; } = 10;

    public double HistoryHours { get; set; } = 24;

    [JsonIgnore]
    public int EffectivePort => Port ?? (Tls ? 6697 : 6667);

    /// <summary>User name that servers accept: of a nick used instead only letters, digits, '-' and '_'.</summary>
    [JsonIgnore]
    public string EffectiveUser => User ?? PlainUser(Nick);

    /// <summary>Reads the settings and says everything that is wrong with them.</summary>
    public static IrcSettings Read(JsonElement json, out IReadOnlyList<SettingsProblem> problems) =>
        JsonSettings.Read(json, SettingsJson.Default.IrcSettings, static settings => settings.Check(), out problems);

    private IEnumerable<SettingsProblem> Check()
    {
        if (!IsWord(Server)) yield return new("server", "It must be the name or address of an IRC server.");
        if (EffectivePort is < 1 or > 65535) yield return new("port", "It must be from 1 to 65535.");
        if (!IsNick(Nick)) yield return new("nick", "It must be a nick: at most 64 characters, no spaces, none of '!@:#,*?', no digit or '-' first.");
        for (var i = 0; i < AlternativeNicks.Count; i++)
        {
            if (!IsNick(AlternativeNicks[i])) yield return new($"alternativeNicks[{i}]", "It must be a nick.");
        }

        if (User is not null && (!IsWord(User) || User.AsSpan().ContainsAny("!@")))
            yield return new("user", "It must be one word without '!' and '@'.");
        if (RealName is not null && (RealName.Length == 0 || HasControl(RealName))) yield return new("realName", "It must be one line of text.");
        if (Password is not null && (Password.Length == 0 || HasControl(Password))) yield return new("password", "It must be one line of text.");
        if (Password is not null && !Tls && !IsThisMachine)
            yield return new("password", "It would be sent readable for everybody on the way: a password needs tls, except on this machine.");
        if ((SaslUser is null) != (SaslPassword is null)) yield return new("saslPassword", "saslUser and saslPassword go together.");
        if (SaslUser?.Length == 0 || SaslPassword?.Length == 0) yield return new("saslPassword", "saslUser and saslPassword must not be empty.");
        if (SaslPassword is not null && !Tls && !IsThisMachine)
            yield return new("saslPassword", "It would be sent readable for everybody on the way: SASL PLAIN needs tls, except on this machine.");
        if (TlsFingerprint is not null && (!Tls || Fingerprint.Normalize(TlsFingerprint) is null))
            yield return new(
                "tlsFingerprint", "It must be the SHA-256 of the server's certificate as 64 hex digits (colons allowed), and needs tls.");
        for (var i = 0; i < Channels.Count; i++)
        {
            if (!IsChannel(Channels[i]))
                yield return new($"channels[{i}]", "It must be a channel ('#gateway'), with its key after a space if it has one.");
        }

        if (LinesPerSecond is not (0 or (>= 0.1 and <= 100))) yield return new("linesPerSecond", "It must be from 0.1 to 100, or 0 for no limit.");
        if (BurstLines is < 2 or > 1000) yield return new("burstLines", "It must be from 2 to 1000.");
        if (PingAfterSeconds is < 1 or > 3600) yield return new("pingAfterSeconds", "It must be from 1 to 3600.");
        if (PongTimeoutSeconds is < 1 or > 600) yield return new("pongTimeoutSeconds", "It must be from 1 to 600.");
        if (HistoryHours is not (>= 0 and <= 168)) yield return new("historyHours", "It must be from 0 (nothing is fetched) to 168.");
        if (RejoinSeconds is < 1 or > 3600) yield return new("rejoinSeconds", "It must be from 1 to 3600.");
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

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(IrcSettings))]
internal sealed partial class SettingsJson : JsonSerializerContext;
