using Telegram.Bot.Requests;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Setup of the delivery of updates: to this adapter's webhook, to a webhook of another program, or by polling.</summary>
internal sealed class WebhookSetup(AdapterContext context, BotApi api, TelegramSettings settings)
{
    /// <summary>Key of the webhook that this adapter id has set, and may therefore remove.</summary>
    private const string OursKey = "webhook";

    /// <summary>Sets the webhook, so that the platform posts the updates.</summary>
    public async Task ClaimAsync(CancellationToken cancellationToken)
    {
        var request = new SetWebhookRequest
        {
            Url = settings.WebhookUrl!,
            SecretToken = settings.EffectiveSecret,
            MaxConnections = settings.WebhookConnections,
            AllowedUpdates = PollLoop.Wanted
        };
        await context.State.SetAsync(OursKey, settings.WebhookUrl, cancellationToken);
        Check("setWebhook", await api.CallAsync(request, settings.AnswerTime, cancellationToken));
    }

    /// <summary>Removes a webhook, so that updates wait for polling.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        if (await UrlAsync(cancellationToken) is not { Length: > 0 } url) return;
        if (!settings.RemoveWebhook && await context.State.GetAsync(OursKey, cancellationToken) != url)
            throw new PluginException(Faults.WebhookInTheWay($"on '{HostOf(url)}'"));
        Check("deleteWebhook", await api.CallAsync(new DeleteWebhookRequest(), settings.AnswerTime, cancellationToken));
        context.Log.Information($"The webhook on '{HostOf(url)}' has been removed; what waited there comes by polling.");
    }

    /// <summary>Checks that Telegram still delivers updates to this webhook, and reads its last error. A fault if it does not.</summary>
    public async Task<(PluginFault? Fault, string? Error)> LookAsync(CancellationToken cancellationToken)
    {
        var info = Check("getWebhookInfo", await api.CallAsync(new GetWebhookInfoRequest(), settings.AnswerTime, cancellationToken)).Result;
        var url = info.Text("url") ?? "";
        if (url.Length == 0) return (Faults.WebhookGone(), null);
        if (url != settings.WebhookUrl) return (Faults.WebhookTakenOver(HostOf(url)), null);
        // The last error stays for ever; it matters only while updates are pending.
        var lastError = info.Number("pending_update_count") > 0 && info.Text("last_error_message") is { Length: > 0 } error ? error : null;
        return (null, lastError);
    }

    private async Task<string?> UrlAsync(CancellationToken cancellationToken) =>
        Check("getWebhookInfo", await api.CallAsync(new GetWebhookInfoRequest(), settings.AnswerTime, cancellationToken)).Result.Text("url");

    private static ApiAnswer Check(string attempted, ApiAnswer answer) =>
        answer.Failure is { } failure ? throw new PluginException(Faults.Of(attempted, failure)) : answer;

    private static string HostOf(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri.Host : "an address that is none";
}
