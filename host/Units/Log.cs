namespace PluginGateway.Units;

/// <summary>Log events of Units.</summary>
internal static partial class Log
{
    [LoggerMessage(7117, LogLevel.Error, "'{Unit}' is quarantined: it {How} at {At:yyyy-MM-dd HH:mm:ss} UTC")]
    public static partial void EndedLastProcess(this ILogger log, string unit, string how, DateTimeOffset at);

    [LoggerMessage(7118, LogLevel.Warning, "What the operator said about an adapter cannot be kept over a restart: {Reason}")]
    public static partial void OverrideNotKept(this ILogger log, string reason);

    [LoggerMessage(7119, LogLevel.Warning, "'{Path}' cannot be written ({Reason}); a crash loop is not noticed")]
    public static partial void LedgerNotWritten(this ILogger log, string path, string reason);
}
