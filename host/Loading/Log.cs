namespace PluginGateway.Loading;

/// <summary>Log events of Loading, from 2000 to 2999.</summary>
internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Information, "'{ContextName}': loaded {Assembly} {Version} (content {Content})")]
    public static partial void PluginLoaded(this ILogger log, string contextName, string assembly, Version version, string content);

    [LoggerMessage(2001, LogLevel.Warning, "'{ContextName}': {Code}: {Message}")]
    public static partial void PluginWarning(this ILogger log, string contextName, string code, string message);

    [LoggerMessage(2004, LogLevel.Information, "'{ContextName}': verified {Assembly} {Version} (content {Content}); a process of its own loads it")]
    public static partial void PluginVerified(this ILogger log, string contextName, string assembly, Version version, string content);

    [LoggerMessage(2003, LogLevel.Information, "Removed {Count} private copies of plugins that are no longer used")]
    public static partial void CopiesRemoved(this ILogger log, int count);
}
