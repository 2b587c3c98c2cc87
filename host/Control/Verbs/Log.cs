namespace PluginGateway.Control.Verbs;

/// <summary>Log events of Control/Verbs.</summary>
internal static partial class Log
{
    [LoggerMessage(7141, LogLevel.Information, "Adapter '{AdapterId}': {What} '{Id}' was let in by the operator")]
    public static partial void PairingApproved(this ILogger log, string adapterId, string what, string id);

    [LoggerMessage(7142, LogLevel.Information,
        "Adapter '{AdapterId}': {What} '{Id}' may no longer speak: the operator took the pairing or the request back")]
    public static partial void PairingRevoked(this ILogger log, string adapterId, string what, string id);

    [LoggerMessage(7144, LogLevel.Information, "The operator has stopped turn {InboxId} of session '{Session}' with {Count} message(s).")]
    public static partial void TurnStopped(this ILogger log, long inboxId, string session, int count);

    [LoggerMessage(7143, LogLevel.Information, "The operator's '{Box} {Action}' has changed {Count} messages: {Ids}")]
    public static partial void MessagesChanged(this ILogger log, string box, string action, int count, string ids);

    [LoggerMessage(7146, LogLevel.Information, "The operator was shown the memory of session '{Session}' with its values")]
    public static partial void MemoryShown(this ILogger log, string session);

    [LoggerMessage(7145, LogLevel.Information,
        "The operator drops memory: handler {HandlerId}, adapter {AdapterId}, session {Session}")]
    public static partial void MemoryDropped(this ILogger log, string handlerId, string adapterId, string session);
}
