namespace PluginGateway.Plugins.Telegram;

/// <summary>Faults of a connection: the sentence for the operator and the retry rule.</summary>
internal static class Faults
{
    /// <summary>Fault of the connection for a failure.</summary>
    /// <param name="attempted">The request, for example <c>getUpdates</c>.</param>
    /// <param name="failure">The failure.</param>
    public static PluginFault Of(string attempted, ApiFailure failure) => failure switch
    {
        { Kind: FailureKind.Foreign } => new PluginFault("no-bot-api",
            $"The answer to {attempted} is not the Bot API's ({failure.Description}); check settings.apiUrl and the proxy if it stays so."),
        { IsUnauthorized: true } or { IsNotFound: true } when failure.IsUnauthorized || attempted is "getMe" or "getUpdates" => Operator(
            PluginFault.UnauthorizedCode,
            $"The Bot API refused settings.token at {attempted} ({failure.Code}: {failure.Description}). Take the token from @BotFather anew."),
        { Kind: FailureKind.Refused, Code: 409 } when failure.Says("webhook") && !failure.Says("terminated by other getUpdates") =>
            WebhookInTheWay(failure.Description),
        { Kind: FailureKind.Refused, Code: 409 } => Operator(PluginFault.ConflictCode,
            $"Another program polls this bot ({failure.Description}). End it, or revoke the token with @BotFather; then say 'adapter reconnect'. Until then this gateway leaves the bot to it: two pollers take messages from each other."),
        { Kind: FailureKind.Refused, Code: 429 } =>
            new PluginFault("rate-limited", $"The Bot API refused {attempted}: {failure.Description}") { RetryAfter = failure.RetryAfter },
        { Kind: FailureKind.Refused, Code: >= 400 and < 500 } => new PluginFault(
            "refused", $"The Bot API refused {attempted} ({failure.Code}): {failure.Description}"),
        { Kind: FailureKind.Refused } or { Code: >= 500 } =>
            new PluginFault("server-error", $"The Bot API failed at {attempted} ({failure.Code}): {failure.Description}"),
        { Kind: FailureKind.Silent } => new PluginFault("silent", $"The Bot API is silent: {attempted} got {failure.Description}."),
        { Kind: FailureKind.NotSecured } => new PluginFault("not-secured",
            $"The Bot API was reached, and the connection came no further than TLS or the proxy: {attempted} failed: {failure.Description}"),
        { Kind: FailureKind.Unanswered } => new PluginFault(
            "no-answer", $"The Bot API was reached and gave no whole answer to {attempted}: {failure.Description}"),
        _ => new PluginFault(PluginFault.UnreachableCode, $"The Bot API cannot be reached: {attempted} failed: {failure.Description}"),
    };

    public static PluginFault WebhookInTheWay(string description) => Operator(PluginFault.ConflictCode,
        $"Another program has set a webhook for this bot ({description}), and Telegram gives its messages there. End that program, then set settings.removeWebhook, or settings.webhookUrl to receive by webhook here.");

    public static PluginFault WebhookTakenOver(string host) => Operator(PluginFault.ConflictCode,
        $"Another program has set its own webhook for this bot (on '{host}'), and Telegram gives the messages there. End that program, then say 'adapter reconnect'.");

    public static PluginFault WebhookGone() => new("webhook-gone", "The webhook of this bot has been deleted by another program; it is set again.");

    private static PluginFault Operator(string code, string message) => new(code, message, FaultRetry.AfterOperatorAction);
}
