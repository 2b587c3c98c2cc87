namespace PluginGateway.Shutdown;

/// <summary>Log events of Shutdown.</summary>
internal static partial class Log
{
    [LoggerMessage(7104, LogLevel.Information,
        "Stopping ({Reason}); everything together has {Budget:0.#} s. Turns running: {Turns}; sends in flight: {Sends}")]
    public static partial void Stopping(this ILogger log, string reason, double budget, int turns, int sends);

    [LoggerMessage(7105, LogLevel.Information, "Stop: {Phase} took {Used:0.00} s of {Bound:0.00} s, {How}")]
    public static partial void PhaseEnded(this ILogger log, StopPhase phase, double used, double bound, string how);

    [LoggerMessage(7106, LogLevel.Warning, "Stop: '{Id}' overran its teardown after {Used:0.00} s; {Detail}")]
    public static partial void TeardownOverran(this ILogger log, string id, double used, string detail);

    [LoggerMessage(7107, LogLevel.Information,
        "Stopped in {Seconds:0.00} s: {Late} of {All} adapters and handlers overran, store {Store}; after the next start {Inbound} messages to handle and {Outbound} to deliver; exit code {ExitCode}")]
    public static partial void Stopped(this ILogger log, double seconds, int late, int all, string store, long inbound, long outbound, int exitCode);

    [LoggerMessage(7108, LogLevel.Warning, "The shutdown report cannot be written")]
    public static partial void ReportNotWritten(this ILogger log, Exception problem);

    [LoggerMessage(7128, LogLevel.Error, "Stop: {Step} failed with {Fault} ({Reason}); passed over")]
    public static partial void StopStepFailed(this ILogger log, string step, string? fault, string reason);

    [LoggerMessage(7130, LogLevel.Warning,
        "Stop: of the notices through '{Id}' {Told} arrived, {NoResult} had no result ({Detail}); nobody is told again")]
    public static partial void NoticesWithoutResult(this ILogger log, string id, int told, int noResult, string detail);

    [LoggerMessage(7134, LogLevel.Warning,
        "Stop: turns given up, to run again after the next start: {Turns}; sends given up, outcome unknown: {Sends}")]
    public static partial void NotDrained(this ILogger log, int turns, int sends);
}
