using PluginGateway.Logging;

namespace PluginGateway.Supervision;

internal static partial class Log
{
    [LoggerMessage(4001, LogLevel.Warning, "{Kind} '{Id}' generation {Generation}: {Operation} {How}; abandoned")]
    public static partial void CallOverdue(this ILogger logger, string kind, string id, int generation, string operation, string how);

    [LoggerMessage(4002, LogLevel.Information,
        "{Kind} '{Id}' generation {Generation}: abandoned {Operation} came back {Lateness:0.0} s after its deadline with {What}")]
    public static partial void CallLate(this ILogger logger, string kind, string id, int generation, string operation, double lateness, string what);

    [LoggerMessage(4003, LogLevel.Warning,
        "{Kind} '{Id}' generation {Generation}: {Failures} of {Tolerated} tolerated probes in a row failed: {Failure}")]
    public static partial void ProbeFailed(this ILogger logger, string kind, string id, int generation, int failures, int tolerated, string failure);

    [LoggerMessage(4010, LogLevel.Information, "{Kind} '{Id}' ({Plugin}): {State}")]
    public static partial void UnitState(this ILogger logger, string kind, string id, string plugin, string state);

    [LoggerMessage(4011, LogLevel.Warning, "{Kind} '{Id}' ({Plugin}): {Reason}; retrying in {Delay:0.0} s (attempt {Attempt})")]
    public static partial void UnitWaits(this ILogger logger, string kind, string id, string plugin, string reason, double delay, int attempt);

    [LoggerMessage(4012, LogLevel.Error,
        "{Kind} '{Id}' ({Plugin}) is parked: {Reason}. It is not tried again before the operator mends it and restarts or reconnects it")]
    public static partial void UnitParked(this ILogger logger, string kind, string id, string plugin, string reason);

    [LoggerMessage(4013, LogLevel.Error,
        "{Kind} '{Id}' ({Plugin}) is quarantined: {Reason} (wedged {Wedges} times in a row). It is not started again before the operator enables or reconnects it")]
    public static partial void UnitQuarantined(this ILogger logger, string kind, string id, string plugin, string reason, int wedges);

    [LoggerMessage(4014, LogLevel.Debug, "{Kind} '{Id}' ({Plugin}): {State}")]
    public static partial void UnitStops(this ILogger logger, string kind, string id, string plugin, string state);

    [LoggerMessage(4015, LogLevel.Information, "{Kind} '{Id}' ({Plugin}): gives way to what a reload has loaded")]
    public static partial void UnitGivesWay(this ILogger logger, string kind, string id, string plugin);

    [LoggerMessage(4016, LogLevel.Debug, "{Kind} '{Id}' ({Plugin}): {Reason}; retrying in {Delay:0.0} s (attempt {Attempt})")]
    public static partial void UnitWaitsAgain(this ILogger logger, string kind, string id, string plugin, string reason, double delay, int attempt);

    [LoggerMessage(4017, LogLevel.Warning,
        "{Kind} '{Id}' ({Plugin}) is not connected since {Down}, after {Attempts} attempts: {Reason}; it is tried again for ever")]
    public static partial void UnitStillWaits(this ILogger logger, string kind, string id, string plugin, string down, int attempts, string reason);

    [LoggerMessage(4018, LogLevel.Debug, "{Kind} '{Id}' ({Plugin}): {State} (attempt {Attempt})")]
    public static partial void UnitTriesAgain(this ILogger logger, string kind, string id, string plugin, string state, int attempt);

    [LoggerMessage(4019, LogLevel.Information, "{Kind} '{Id}' ({Plugin}): connected, after {Down} and {Attempts} attempts")]
    public static partial void UnitIsBack(this ILogger logger, string kind, string id, string plugin, string down, int attempts);

    [LoggerMessage(4023, LogLevel.Warning, "{Kind} '{Id}' ({Plugin}): where its fault came from, once; later ones at debug level")]
    public static partial void FaultDetail(this ILogger logger, LoggedException fault, string kind, string id, string plugin);

    [LoggerMessage(4024, LogLevel.Debug, "{Kind} '{Id}' generation {Generation}: {Operation} threw")]
    public static partial void CallThrew(this ILogger logger, LoggedException fault, string kind, string id, int generation, string operation);

    [LoggerMessage(4025, LogLevel.Warning, "{Kind} '{Id}' ({Plugin}): {Change}; messages to its chats go out through the new account")]
    public static partial void AccountChanged(this ILogger logger, string kind, string id, string plugin, string change);

    [LoggerMessage(4020, LogLevel.Critical, "The supervisor met a fault of its own while it handled {Event} of '{Id}'")]
    public static partial void SupervisorFault(this ILogger logger, Exception exception, string @event, string id);

    [LoggerMessage(4021, LogLevel.Warning,
        "The thread pool is starved: a probe has waited {Seconds:0.0} s; adapters that await are late through no fault of their own")]
    public static partial void PoolStarved(this ILogger logger, double seconds);

    [LoggerMessage(4022, LogLevel.Information, "The thread pool has recovered")]
    public static partial void PoolRecovered(this ILogger logger);
}
