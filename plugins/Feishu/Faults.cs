namespace PluginGateway.Plugins.Feishu;

/// <summary>Faults of a connection: the sentence for the operator and the retry rule.</summary>
internal static class Faults
{
    private const long Forbidden = 403;
    private const long AuthFailed = 514;
    private const long TooManyConnections = 1000040350;

    public static PluginFault ConnectionLost(string why) => new("connection-lost", $"The long connection is gone: {why}");

    public static PluginFault Unreachable(string host, string why) =>
        new(PluginFault.UnreachableCode, $"{host} cannot be reached for the long connection: {why}");

    public static PluginFault Silent(TimeSpan silence) =>
        new("pong-timeout", $"The platform has not answered a ping and has been silent for {silence.TotalSeconds:0.0} s.");

    public static PluginFault NoAddress(FeishuSettings settings) =>
        new("no-address", $"{settings.Server.Host} gave no address for the long connection that could be used: a wss address with a service_id is.");

    /// <summary>The upgrade to a WebSocket was refused; the headers say why.</summary>
    public static PluginFault OfHandshake(int status, long reason, string text) => reason == TooManyConnections || status == TooManyConnections
        ? Crowded()
        : status == Forbidden
            ? Operator("forbidden", $"The platform refused the long connection (403): {text}")
            : new PluginFault("connection-refused", $"The long connection was refused ({status}{(reason == 0 ? "" : $", {reason}")}): {text}");

    /// <summary>The platform gave no address for the long connection.</summary>
    public static PluginFault OfEndpoint(ApiAnswer answer) => answer.Code switch
    {
        Forbidden => Operator("forbidden", answer.Describe(
            "The platform refused the long connection; in the developer console, let the app receive events through a long connection")),
        AuthFailed => Operator(PluginFault.UnauthorizedCode, answer.Describe("The platform refused settings.appId or settings.appSecret")),
        TooManyConnections => Crowded(),
        _ => OfCall(answer, "The platform gave no address for the long connection"),
    };

    /// <summary>A call that has to succeed before we are connected.</summary>
    public static PluginFault OfCall(ApiAnswer answer, string what)
    {
        if (answer.End != ApiEnd.Answered)
            return new PluginFault(answer.IsUnreached ? PluginFault.UnreachableCode : "no-answer", answer.Describe(what));
        if (CodeTable.IsCredentialRefused(answer.Code))
            return Operator(PluginFault.UnauthorizedCode, answer.Describe($"{what}; check settings.appId and settings.appSecret"));
        var rule = CodeTable.Of(answer);
        if (rule.Kind == SendErrorKind.Forbidden) return Operator("forbidden", $"{answer.Describe(what)} {rule.Hint}".TrimEnd());
        return new PluginFault("refused", answer.Describe(what)) { RetryAfter = answer.Wait };
    }

    private static PluginFault Crowded() =>
        Operator("too-many-connections",
            "The app has as many long connections as the platform allows (50). Close some of them, then reconnect this adapter.");

    private static PluginFault Operator(string code, string message) => new(code, message, FaultRetry.AfterOperatorAction);
}
