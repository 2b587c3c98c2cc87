using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PluginGateway.Plugins.Telegram;

/// <summary>The adapter's settings; <c>README.md</c> beside the source explains each.</summary>
internal sealed record TelegramSettings
{
    private const int LongestSecret = 256;

    /// <summary>The server holds a poll no longer.</summary>
    private const int MostPollSeconds = 50;

    /// <summary>The server itself waits 3 s before an answer to too many requests.</summary>
    private const int LeastAnswerSeconds = 4;

    public string Token { get; init; } = "";

    public string ApiUrl { get; init; } = "https://api.telegram.org";

    public string? LocalFiles { get; init; }

    public int PollSeconds { get; init; } = 30;

    public int AnswerSeconds { get; init; } = 10;

    public string? WebhookUrl { get; init; }

    public string? WebhookSecret { get; init; }

    public int WebhookConnections { get; init; } = 20;

    public bool RemoveWebhook { get; init; }

    public bool UsesWebhook => WebhookUrl is not null;

    public TimeSpan PollTime => TimeSpan.FromSeconds(PollSeconds);

    /// <summary>Largest file that the Bot API server takes: that of Telegram, or one of the operator's own.</summary>
    public long LargestUpload => LocalFiles is null ? OutboundFile.LargestFile : OutboundFile.LargestLocalFile;

    /// <summary>Deadline of requests that the server does not hold on purpose.</summary>
    public TimeSpan AnswerTime => TimeSpan.FromSeconds(AnswerSeconds);

    /// <summary>Secret that Telegram sends with each request to the webhook. By default it is derived from the token, and does not reveal
    /// it.</summary>
    public string EffectiveSecret =>
        WebhookSecret ?? Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Token), "plugin-gateway/telegram/webhook"u8));

    /// <summary>Reads the settings and reports everything that is wrong with them.</summary>
    public static TelegramSettings Read(SettingsReader reader)
    {
        var defaults = new TelegramSettings();
        var settings = new TelegramSettings
        {
            Token = reader.Text("token", defaults.Token),
            ApiUrl = reader.Address("apiUrl", AddressRules.NoPath | AddressRules.PlainHttpBySetting)?.GetLeftPart(UriPartial.Authority)
                ?? defaults.ApiUrl,
            LocalFiles = reader.Text("localFiles"),
            PollSeconds = reader.WholeNumber("pollSeconds", 1, MostPollSeconds, defaults.PollSeconds),
            AnswerSeconds = reader.WholeNumber("answerSeconds", LeastAnswerSeconds, 120, defaults.AnswerSeconds),
            WebhookUrl = reader.Address("webhookUrl")?.OriginalString,
            WebhookSecret = reader.Text("webhookSecret"),
            WebhookConnections = reader.WholeNumber("webhookConnections", 1, 100, defaults.WebhookConnections),
            RemoveWebhook = reader.Switch("removeWebhook", defaults.RemoveWebhook),
        };
        settings.Check(reader);
        return settings;
    }

    private void Check(SettingsReader reader)
    {
        if (!IsToken(Token))
            reader.Problem(
                "token", "It must be the token that @BotFather gave: the bot's number, a colon, and at least 20 letters, digits, '_' or '-'.");
        if (LocalFiles is not null && !Path.IsPathFullyQualified(LocalFiles))
            reader.Problem(
                "localFiles", "It must be the absolute path of the folder where a Bot API server that was started with --local keeps its files.");
        if (WebhookSecret is not null && !IsSecret(WebhookSecret))
            reader.Problem("webhookSecret", "It must be 16 to 256 letters, digits, '_' or '-'.");
        if (WebhookSecret is not null && !reader.Has("webhookUrl")) reader.Problem("webhookSecret", "It needs webhookUrl.");
        if (RemoveWebhook && reader.Has("webhookUrl")) reader.Problem("removeWebhook", "It cannot be together with webhookUrl.");
    }

    private static bool IsToken(string token)
    {
        var colon = token.IndexOf(':', StringComparison.Ordinal);
        return colon is >= 1 and <= 16 && token.Length - colon > 20
            && long.TryParse(token.AsSpan(0, colon), NumberStyles.None, null, out _) && token.AsSpan(colon + 1).IndexOfAnyExcept(Words) < 0;
    }

    private static bool IsSecret(string secret) => secret.Length is >= 16 and <= LongestSecret && secret.AsSpan().IndexOfAnyExcept(Words) < 0;

    private static readonly SearchValues<char> Words = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
}
