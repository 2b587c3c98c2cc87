using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using PluginGateway.Plugins.Shared;

namespace PluginGateway.Plugins.Telegram;

/// <summary>The adapter's settings; <c>README.md</c> beside the source explains each.</summary>
/// <remarks>Set, not init: the generated reader gives a missing init-only property the default of its type instead of the one declared
/// here.</remarks>
internal sealed record TelegramSettings
{
    private const int LongestSecret = 256;

    public string Token { get; set; } = "";

    public string ApiUrl { get; set; } = "https://api.telegram.org";

    public bool AllowPlainHttp { get; set; }

    public string? LocalFiles { get; set; }

    public int PollSeconds { get; set; } = 30;

    public int AnswerSeconds { get; set; } = 10;

    public string? WebhookUrl { get; set; }

    public string? WebhookSecret { get; set; }

    public int WebhookConnections { get; set; } = 20;

    public bool RemoveWebhook { get; set; }

    [JsonIgnore]
    public bool UsesWebhook => WebhookUrl is not null;

    [JsonIgnore]
    public TimeSpan PollTime => TimeSpan.FromSeconds(PollSeconds);

    /// <summary>Largest file that the Bot API server takes: that of Telegram, or one of the operator's own.</summary>
    [JsonIgnore]
    public long LargestUpload => LocalFiles is null ? OutboundFile.LargestFile : OutboundFile.LargestLocalFile;

    /// <summary>Deadline of requests that the server does not hold on purpose.</summary>
    [JsonIgnore]
    public TimeSpan AnswerTime => TimeSpan.FromSeconds(AnswerSeconds);

    /// <summary>Secret that Telegram sends with each request to the webhook. By default it is derived from the token, and does not reveal
    /// it.</summary>
    [JsonIgnore]
    public string EffectiveSecret =>
        WebhookSecret ?? Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Token), "plugin-gateway/telegram/webhook"u8));

    /// <summary>Reads the settings and says everything that is wrong with them.</summary>
    public static TelegramSettings Read(JsonElement json, out IReadOnlyList<SettingsProblem> problems) =>
        JsonSettings.Read(json, SettingsJson.Default.TelegramSettings, static settings => settings.Check(), out problems);

    private IEnumerable<SettingsProblem> Check()
    {
        if (!IsToken(Token))
            yield return new(
                "token", "It must be the token that @BotFather gave: the bot's number, a colon, and at least 20 letters, digits, '_' or '-'.");
        if (!IsServer(ApiUrl)) yield return new("apiUrl",
            "It must be 'https://HOST[:PORT]' without a path; http is allowed on this machine only, because the token is sent with every request, or with 'allowPlainHttp': true.");
        if (LocalFiles is not null && !Path.IsPathFullyQualified(LocalFiles))
            yield return new(
                "localFiles", "It must be the absolute path of the folder where a Bot API server that was started with --local keeps its files.");
        if (PollSeconds is < 1 or > 50) yield return new("pollSeconds", "It must be from 1 to 50: the server holds a poll no longer.");
        if (AnswerSeconds is < 4 or > 120)
            yield return new("answerSeconds", "It must be from 4 to 120: the server itself waits 3 s where it is asked too often.");
        if (WebhookUrl is not null && !IsWebhook(WebhookUrl))
            yield return new("webhookUrl",
                "It must be the 'https://...' address under which Telegram reaches '/hooks/ID' of this gateway; http only to this machine.");
        if (WebhookSecret is not null && !IsSecret(WebhookSecret))
            yield return new("webhookSecret", "It must be 16 to 256 letters, digits, '_' or '-'.");
        if (WebhookSecret is not null && !UsesWebhook) yield return new("webhookSecret", "It needs webhookUrl.");
        if (WebhookConnections is < 1 or > 100) yield return new("webhookConnections", "It must be from 1 to 100.");
        if (RemoveWebhook && UsesWebhook) yield return new("removeWebhook", "It cannot be together with webhookUrl.");
    }

    private static bool IsToken(string token)
    {
        var colon = token.IndexOf(':', StringComparison.Ordinal);
        return colon is >= 1 and <= 16 && token.Length - colon > 20 && long.TryParse(
            token.AsSpan(0, colon), System.Globalization.NumberStyles.None, null, out _) && token.AsSpan(colon + 1).IndexOfAnyExcept(Words) < 0;
    }

    private static bool IsSecret(string secret) => secret.Length is >= 16 and <= LongestSecret && secret.AsSpan().IndexOfAnyExcept(Words) < 0;

    private bool IsServer(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && (IsSafe(uri) || (AllowPlainHttp && uri.Scheme == Uri.UriSchemeHttp))
        && uri is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" };

    private static bool IsWebhook(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && IsSafe(uri) && uri is { Fragment: "", UserInfo: "" };

    private static bool IsSafe(Uri uri) => uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp
        && (uri.Host == "localhost" || (IPAddress.TryParse(uri.DnsSafeHost, out var address) && IPAddress.IsLoopback(address))));

    private static readonly System.Buffers.SearchValues<char> Words =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(TelegramSettings))]
internal sealed partial class SettingsJson : JsonSerializerContext;
