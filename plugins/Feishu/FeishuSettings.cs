using System.Net;
using System.Text.RegularExpressions;

namespace PluginGateway.Plugins.Feishu;

/// <summary>The adapter's settings; <c>README.md</c> beside the source explains each.</summary>
internal sealed partial record FeishuSettings
{
    private const string Feishu = "feishu";
    private const string Lark = "lark";

    public const string Connection = "connection";
    public const string Callback = "callback";
    public const string Card = "card";
    public const string Post = "post";

    public string Region { get; init; } = Feishu;

    public Uri? BaseUrl { get; init; }

    public string AppId { get; init; } = "";

    public string AppSecret { get; init; } = "";

    public string Receive { get; init; } = Connection;

    public string? VerificationToken { get; init; }

    public string? EncryptKey { get; init; }

    public int ReplayWindowSeconds { get; init; } = 300;

    public string Markdown { get; init; } = Card;

    public bool AllowMentions { get; init; }

    public int PingSeconds { get; init; } = 30;

    public int PongTimeoutSeconds { get; init; } = 15;

    public int? ReconnectSpreadSeconds { get; init; }

    public int RequestTimeoutSeconds { get; init; } = 20;

    public bool UsesConnection => Receive == Connection;

    public Uri Server => BaseUrl ?? new Uri(Region == Lark ? "https://open.larksuite.com" : "https://open.feishu.cn");

    /// <summary>Texts that must never be seen.</summary>
    public IEnumerable<string> Secrets => new[] { AppSecret, VerificationToken, EncryptKey }.OfType<string>();

    /// <summary>Reads the settings and reports everything that is wrong with them.</summary>
    public static FeishuSettings Read(SettingsReader reader)
    {
        var defaults = new FeishuSettings();
        var settings = new FeishuSettings
        {
            Region = reader.Choice("region", [Feishu, Lark], defaults.Region),
            BaseUrl = reader.Address("baseUrl", AddressRules.NoPath),
            AppId = reader.Text("appId", defaults.AppId),
            AppSecret = reader.Text("appSecret", defaults.AppSecret),
            Receive = reader.Choice("receive", [Connection, Callback], defaults.Receive),
            VerificationToken = reader.Text("verificationToken"),
            EncryptKey = reader.Text("encryptKey"),
            ReplayWindowSeconds = reader.WholeNumber("replayWindowSeconds", 10, 86_400, defaults.ReplayWindowSeconds),
            Markdown = reader.Choice("markdown", [Card, Post], defaults.Markdown),
            AllowMentions = reader.Switch("allowMentions", defaults.AllowMentions),
            PingSeconds = reader.WholeNumber("pingSeconds", 1, 600, defaults.PingSeconds),
            PongTimeoutSeconds = reader.WholeNumber("pongTimeoutSeconds", 1, 300, defaults.PongTimeoutSeconds),
            ReconnectSpreadSeconds = reader.WholeNumber("reconnectSpreadSeconds", 0, 300),
            RequestTimeoutSeconds = reader.WholeNumber("requestTimeoutSeconds", 1, 120, defaults.RequestTimeoutSeconds),
        };
        settings.Check(reader);
        return settings;
    }

    /// <summary>Plain text only to this machine: a listener elsewhere would read the secret.</summary>
    public static bool IsSafe(Uri address, string secure, string plain) =>
        address.Scheme == secure || (address.Scheme == plain && IsThisMachine(address));

    private static bool IsThisMachine(Uri address) =>
        address.Host == "localhost" || (IPAddress.TryParse(address.Host, out var ip) && IPAddress.IsLoopback(ip));

    private void Check(SettingsReader reader)
    {
        if (!AppIds().IsMatch(AppId)) reader.Problem("appId", "It must be the App ID of the developer console: cli_ and 16 hexadecimal digits.");
        if (!IsSecret(AppSecret)) reader.Problem("appSecret", "It must be the App Secret of the developer console.");
        if (VerificationToken is not null && !IsSecret(VerificationToken))
            reader.Problem("verificationToken", "It must be the Verification Token of the developer console.");
        if (EncryptKey is not null && !IsSecret(EncryptKey)) reader.Problem("encryptKey", "It must be the Encrypt Key of the developer console.");
        if (Receive == Callback && VerificationToken is null && EncryptKey is null)
            reader.Problem(
                "encryptKey", "A callback needs encryptKey (then it is signed) or verificationToken, else everybody could post events.");
    }

    private static bool IsSecret(string text) => text.Length is > 0 and <= 256 && text.All(static c => c is > ' ' and <= '~');

    [GeneratedRegex("^cli_[0-9a-fA-F]{16}$")]
    private static partial Regex AppIds();
}
