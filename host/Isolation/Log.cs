namespace PluginGateway.Isolation;

/// <summary>Log lines of isolation: 9000 to 9999.</summary>
internal static partial class Log
{
    [LoggerMessage(9000, LogLevel.Information, "{Name}: runs in process {Pid}")]
    public static partial void WorkerStarted(this ILogger log, string name, int pid);

    [LoggerMessage(9001, LogLevel.Information, "{Name} prints: {Line}")]
    public static partial void WorkerSaid(this ILogger log, string name, string line);

    [LoggerMessage(9002, LogLevel.Error, "Unhandled exception in code of '{Owner}': {Fault}. It happened in a process of its own")]
    public static partial void UnhandledInWorker(this ILogger log, string owner, string fault);

    [LoggerMessage(9004, LogLevel.Error, "Isolated adapters are not kept from the gateway: {Problem}")]
    public static partial void GatewayIsOpen(this ILogger log, string problem);

    [LoggerMessage(9003, LogLevel.Information, "{Summary}")]
    public static partial void WorkersGrouped(this ILogger log, string summary);
}
