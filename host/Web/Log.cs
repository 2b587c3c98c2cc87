namespace PluginGateway.Web;

/// <summary>Log messages of the folder Web. Ids 8000 to 8999.</summary>
internal static partial class Log
{
    [LoggerMessage(8000, LogLevel.Warning,
        "{Subject}: a {Method} request was not answered in time; the client got 504. Setting: timeouts.httpSeconds.")]
    public static partial void CallOverdue(this ILogger log, string subject, string method);

    [LoggerMessage(8001, LogLevel.Warning, "{Subject}: a {Method} request failed with {Fault}; the client got 502.")]
    public static partial void CallFailed(this ILogger log, string subject, string method, string? fault);

    [LoggerMessage(8002, LogLevel.Warning, "{Subject} has {Limit} requests open; further ones get 503 until some are answered.")]
    public static partial void TooManyOpenCalls(this ILogger log, string subject, int limit);

    [LoggerMessage(8003, LogLevel.Warning, "{Limit} event streams are open; further ones get 503 until some close.")]
    public static partial void TooManyStreams(this ILogger log, int limit);

    [LoggerMessage(8006, LogLevel.Warning,
        "{Subject}: the answers that its clients have not taken yet would have more than {Limit} bytes; further ones get 503.")]
    public static partial void TooLargeAnswers(this ILogger log, string subject, long limit);

    [LoggerMessage(8005, LogLevel.Information,
        "All event streams were taken, so one of adapter '{AdapterId}' gave way: it, or among its clients '{Client}', held most.")]
    public static partial void StreamDisplaced(this ILogger log, string adapterId, string client);

    [LoggerMessage(8007, LogLevel.Information, "A client of /api/turns has stopped turn {InboxId} of session '{Session}' with {Count} message(s).")]
    public static partial void TurnStopped(this ILogger log, long inboxId, string session, int count);

    [LoggerMessage(8004, LogLevel.Information,
        "An event stream of adapter '{AdapterId}' was too slow and has been disconnected; its client comes back with its last event id.")]
    public static partial void StreamTooSlow(this ILogger log, string adapterId);

    [LoggerMessage(8009, LogLevel.Information, "A program at {Client} was shown the memory of session '{Session}' with its values")]
    public static partial void MemoryShown(this ILogger log, string session, string client);

    [LoggerMessage(8008, LogLevel.Information, "A program at {Client} drops memory: handler {HandlerId}, adapter {AdapterId}, session {Session}")]
    public static partial void MemoryDropped(this ILogger log, string handlerId, string adapterId, string session, string client);
}
