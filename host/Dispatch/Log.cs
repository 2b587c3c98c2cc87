namespace PluginGateway.Dispatch;

internal static partial class Log
{
    [LoggerMessage(6000, LogLevel.Information, "Dispatch loaded {Turns} message(s) to answer and {Sends} to deliver.")]
    public static partial void Loaded(this ILogger log, int turns, int sends);

    [LoggerMessage(6001, LogLevel.Error, "A step of the dispatcher failed with {Type}; it goes on. {StackTrace}")]
    public static partial void StepFailed(this ILogger log, string? type, string? stackTrace);

    [LoggerMessage(6002, LogLevel.Warning,
        "Turn {InboxId} of adapter '{AdapterId}' failed (attempt {Attempt} of 3): {Reason} It runs again in {Seconds} s.")]
    public static partial void TurnFailed(this ILogger log, long inboxId, string adapterId, int attempt, string reason, double seconds);

    [LoggerMessage(6003, LogLevel.Error, "Turn {InboxId} of adapter '{AdapterId}' is parked: {Reason}")]
    public static partial void TurnParked(this ILogger log, long inboxId, string adapterId, string reason);

    [LoggerMessage(6008, LogLevel.Debug,
        "Turn {InboxId} of adapter '{AdapterId}' is put off by its handler: {Reason} It runs again in {Seconds:0.#} s.")]
    public static partial void TurnPutOff(this ILogger log, long inboxId, string adapterId, string reason, double seconds);

    [LoggerMessage(6010, LogLevel.Information,
        "Handler '{HandlerId}' answers again after {Seconds:0} s; turns were put off {Times} times, and run now or within 5 minutes.")]
    public static partial void HandlerAnswersAgain(this ILogger log, string handlerId, double seconds, int times);

    [LoggerMessage(6009, LogLevel.Warning, "Turn {InboxId} of adapter '{AdapterId}' asked for something in vain: {Reason}")]
    public static partial void AskedInVain(this ILogger log, long inboxId, string adapterId, string reason);

    [LoggerMessage(6004, LogLevel.Information,
        "Message {OutboxId} of adapter '{AdapterId}' was not sent (attempt {Attempt}): {Reason} Next attempt in {Seconds:0.#} s.")]
    public static partial void SendDelayed(this ILogger log, long outboxId, string adapterId, int attempt, string reason, double seconds);

    [LoggerMessage(6005, LogLevel.Information, "Message {OutboxId} of adapter '{AdapterId}' waits until the adapter has reconnected: {Reason}")]
    public static partial void SendWaits(this ILogger log, long outboxId, string adapterId, string reason);

    [LoggerMessage(6011, LogLevel.Warning,
        "Message {OutboxId} of adapter '{AdapterId}' has arrived, and its receipt names {Count} ids more than are kept of one: a deletion will not delete those parts")]
    public static partial void IdsNotKept(this ILogger log, long outboxId, string adapterId, int count);

    [LoggerMessage(6006, LogLevel.Warning, "Message {OutboxId} of adapter '{AdapterId}' was rejected: {Reason}")]
    public static partial void SendRejected(this ILogger log, long outboxId, string adapterId, string reason);

    [LoggerMessage(6012, LogLevel.Warning,
        "{Count} event(s) of adapter '{AdapterId}' were refused since the start ({Reason}) and are lost: its platform delivers nothing again. This is logged once in 10 minutes; status has the number.")]
    public static partial void EventsLost(this ILogger log, string adapterId, long count, string reason);

    [LoggerMessage(6014, LogLevel.Warning,
        "Adapter '{AdapterId}': a {Kind} was acknowledged and discarded as {Cause}, because {Reason}{Others}. status counts them under discarded.")]
    public static partial void EventDiscarded(this ILogger log, string adapterId, string kind, string cause, string reason, string others);

    [LoggerMessage(6013, LogLevel.Warning,
        "Message {OutboxId} of adapter '{AdapterId}' has bounced: it was delivered, and the platform reports: {Reason}")]
    public static partial void MessageBounced(this ILogger log, long outboxId, string adapterId, string? reason);

    [LoggerMessage(6007, LogLevel.Error, "Message {OutboxId} of adapter '{AdapterId}' is parked: {Reason}")]
    public static partial void SendParked(this ILogger log, long outboxId, string adapterId, string reason);
}
