using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using PluginGateway.Plugins.Shared;

namespace PluginGateway.Plugins.Feishu;

/// <summary>The adapter's settings; <c>README.md</c> beside the source explains each.</summary>
/// <remarks>Set, not init: the generated reader gives a missing init-only property the default of its type instead of the one declared
/// here.</remarks>
internal sealed partial record FeishuSettings
{
    public const string Connection = "connection";
    public const string Callback = "callback";
    public const string Card = "card";
    public const string Post = "post";

    public string Region { get; set; } = "feishu";

    public string? BaseUrl { get; set; }

    public string AppId { get; set; } = "";

    public string AppSecret { get; set; } = "";

    public string Receive { get; set; } = Connection;

    public string? VerificationToken { get; set; }

    public string? EncryptKey { get; set; }

    public int ReplayWindowSeconds { get; set; } = 300;

    public string Markdown { get; set; } = Card;

    public bool AllowMentions { get; set; }

    public int PingSeconds { get; set; } = 30;

    public int PongTimeoutSeconds { get; set; } = 15;

    public int? ReconnectSpreadSeconds { get; set; }

    public int RequestTimeoutSeconds { get; set; } = 20;

    [JsonIgnore]
    public bool UsesConnection => Receive == Connection;

    [JsonIgnore]
    public Uri Server => new(BaseUrl ?? (Region == "lark" ? "https://open.larksuite.com" : "https://open.feishu.cn"));

    /// <summary>Texts that must never be seen.</summary>
    [JsonIgnore]
    public IEnumerable<string> Secrets => new[] { AppSecret, VerificationToken, EncryptKey }.OfType<string>();

    /// <summary>Reads the settings and says everything that is wrong with them.</summary>
    public static FeishuSettings Read(JsonElement json, out IReadOnlyList<SettingsProblem> problems) =>
        JsonSettings.Read(json, SettingsJson.Default.FeishuSettings, static settings => settings.Check(), out problems);

    /// <summary>Plain text only to this machine: a listener elsewhere would read the secret.</summary>
    public static bool IsSafe(Uri address, string secure, string plain) =>
        address.Scheme == secure || (address.Scheme == plain && IsThisMachine(address));

    private static bool IsThisMachine(Uri address) =>
        address.Host == "localhost" || (IPAddress.TryParse(address.Host, out var ip) && IPAddress.IsLoopback(ip));

    private IEnumerable<SettingsProblem> Check()
    {
        if (Region is not ("feishu" or "lark")) yield return new("region", "It must be 'feishu' (open.feishu.cn) or 'lark' (open.larksuite.com).");
        if (BaseUrl is not null && !IsServer(BaseUrl))
            yield return new("baseUrl", "It must be an https address without a path; http only on this machine.");
        if (!AppIds().IsMatch(AppId)) yield return new("appId", "It must be the App ID of the developer console: cli_ and 16 hexadecimal digits.");
        if (!IsSecret(AppSecret)) yield return new("appSecret", "It must be the App Secret of the developer console.");
        if (Receive is not (Connection or Callback)) yield return new("receive", "It must be 'connection' (long connection) or 'callback' (HTTP).");
        if (VerificationToken is not null && !IsSecret(VerificationToken))
            yield return new("verificationToken", "It must be the Verification Token of the developer console.");
        if (EncryptKey is not null && !IsSecret(EncryptKey)) yield return new("encryptKey", "It must be the Encrypt Key of the developer console.");
        if (Receive == Callback && VerificationToken is null && EncryptKey is null)
            yield return new("encryptKey", "A callback needs encryptKey (then it is signed) or verificationToken, else everybody could post events.");
        if (ReplayWindowSeconds is < 10 or > 86_400) yield return new("replayWindowSeconds", "It must be from 10 to 86400.");
        if (Markdown is not (Card or Post)) yield return new("markdown", "It must be 'card' or 'post'.");
        if (PingSeconds is < 1 or > 600) yield return new("pingSeconds", "It must be from 1 to 600.");
        if (PongTimeoutSeconds is < 1 or > 300) yield return new("pongTimeoutSeconds", "It must be from 1 to 300.");
        if (ReconnectSpreadSeconds is < 0 or > 300) yield return new("reconnectSpreadSeconds", "It must be from 0 to 300.");
        if (RequestTimeoutSeconds is < 1 or > 120) yield return new("requestTimeoutSeconds", "It must be from 1 to 120.");
    }

    private static bool IsServer(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && IsSafe(address, Uri.UriSchemeHttps, Uri.UriSchemeHttp)
        && address is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" };

    private static bool IsSecret(string text) => text.Length is > 0 and <= 256 && text.All(static c => c is > ' ' and <= '~');

    [GeneratedRegex("^cli_[0-9a-fA-F]{16}$")]
    private static partial Regex AppIds();
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(FeishuSettings))]
internal sealed partial class SettingsJson : JsonSerializerContext;
