namespace PluginGateway.Reloading;

/// <summary>Log events of Reloading.</summary>
internal static partial class Log
{
    [LoggerMessage(7170, LogLevel.Information, "Reload of {What}, asked for by {By}")]
    public static partial void ReloadBegins(this ILogger log, string by, string what);

    [LoggerMessage(7171, LogLevel.Error, "Reload: {Why}")]
    public static partial void ReloadRefused(this ILogger log, string why);

    [LoggerMessage(7172, LogLevel.Information, "Reload: '{Id}' ({Plugin}) {Outcome}, now {State}")]
    public static partial void UnitReloaded(this ILogger log, string id, string plugin, string outcome, string state);

    [LoggerMessage(7173, LogLevel.Error, "Reload: '{Id}' ({Plugin}) {Outcome}, now {State}: {Code}: {Reason}")]
    public static partial void UnitNotReloaded(this ILogger log, string id, string plugin, string outcome, string state, string code, string reason);

    [LoggerMessage(7174, LogLevel.Warning, "Reload: these settings take effect after a restart: {Keys}")]
    public static partial void NeedsRestart(this ILogger log, string keys);

    [LoggerMessage(7175, LogLevel.Information,
        "Reload took {Seconds:0.00} s: {Changed} adapters and handlers changed, {Failed} of them not as asked")]
    public static partial void ReloadEnded(this ILogger log, double seconds, int changed, int failed);

    [LoggerMessage(7176, LogLevel.Critical, "A reload met a fault of the gateway's own")]
    public static partial void ReloadFault(this ILogger log, Exception fault);
}
