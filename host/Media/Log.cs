namespace PluginGateway.Media;

internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Warning, "The media folder '{Folder}' cannot be looked after: {Problem} It is tried again in a minute.")]
    public static partial void KeepFailed(this ILogger log, string folder, string problem);

    [LoggerMessage(3001, LogLevel.Debug, "{Count} file(s) that nothing refers to were deleted; {Megabytes} MB are left in the media folder.")]
    public static partial void Forgot(this ILogger log, int count, long megabytes);
}
