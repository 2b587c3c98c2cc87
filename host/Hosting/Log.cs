namespace PluginGateway.Hosting;

/// <summary>Log events of Hosting.</summary>
internal static partial class Log
{
    [LoggerMessage(7004, LogLevel.Warning,
        "Signal handlers of the gateway that something in this process had replaced: {Count}. They are back; a signal that came meanwhile has to be sent again")]
    public static partial void SignalsTakenBack(this ILogger log, int count);

    [LoggerMessage(7100, LogLevel.Information, "Plugin-gateway {Version} starting, pid {Pid}; configuration: {Source}; data: {DataDirectory}")]
    public static partial void Starting(this ILogger log, string version, int pid, string source, string dataDirectory);

    [LoggerMessage(7101, LogLevel.Information, "Ready. {Where}")]
    public static partial void Ready(this ILogger log, string where);

    [LoggerMessage(7102, LogLevel.Warning, "Running, but degraded: {Reasons}. {Where}")]
    public static partial void Degraded(this ILogger log, string reasons, string where);

    [LoggerMessage(7103, LogLevel.Error, "Nothing can run: {Reasons}")]
    public static partial void Hopeless(this ILogger log, string reasons);

    [LoggerMessage(7109, LogLevel.Error, "Unhandled exception in code of '{Owner}': {Fault}; contained, and its adapter or handler is replaced")]
    public static partial void UnhandledInPlugin(this ILogger log, string owner, string fault);

    [LoggerMessage(7111, LogLevel.Critical, "Code of {Owner} ended the process with Environment.Exit; nothing accepted is lost")]
    public static partial void ExitedByPlugin(this ILogger log, string owner);

    [LoggerMessage(7113, LogLevel.Error,
        "The data directory '{DataDirectory}' belongs to {Holder}, which is running; stop it first (plugin-gateway stop), or use another --data")]
    public static partial void HeldByAnother(this ILogger log, string dataDirectory, string holder);

    [LoggerMessage(7114, LogLevel.Error, "The store cannot be used [{Code}]: {Reason}")]
    public static partial void StoreRefused(this ILogger log, string code, string reason);

    [LoggerMessage(7115, LogLevel.Error,
        "Cannot listen on {Http}: {Reason}. Choose another address with gateway.http or --http (ports below 1024 need CAP_NET_BIND_SERVICE)")]
    public static partial void CannotListen(this ILogger log, string http, string reason);

    [LoggerMessage(7116, LogLevel.Warning, "Starting in {Why}")]
    public static partial void SafeMode(this ILogger log, string why);

    [LoggerMessage(7120, LogLevel.Warning, "{Problem}")]
    public static partial void WordsNotRead(this ILogger log, string problem);

    [LoggerMessage(7121, LogLevel.Information,
        "{Http} asks for no token: every user and process of this machine can send, read events and see the status there. Set gateway.httpToken to change that")]
    public static partial void InterfaceIsOpen(this ILogger log, string http);

    [LoggerMessage(7122, LogLevel.Warning,
        "{Http} asks for no token: every user and process of this machine can send, read events and see the status there, so '{Ids}' too, which are isolated. Set gateway.httpToken to change that")]
    public static partial void InterfaceIsOpenToWorkers(this ILogger log, string http, string ids);

    [LoggerMessage(7123, LogLevel.Warning, "gateway.httpToken could be guessed, so after ten wrong tokens in a minute one a second from that address is looked at, the right one too; {Bits} random bits need no such limit: openssl rand -hex 16")]
    public static partial void TokenIsWeak(this ILogger log, int bits);

    [LoggerMessage(7124, LogLevel.Warning, "Adapter '{AdapterId}': {Sentence}")]
    public static partial void PrefixRefused(this ILogger log, string adapterId, string sentence);

    [LoggerMessage(7139, LogLevel.Warning,
        "Adapter '{AdapterId}': the commands of its handler were not published: {Reason}. They are published again after its next connection")]
    public static partial void CommandsNotPublished(this ILogger log, string adapterId, string reason);

    [LoggerMessage(7125, LogLevel.Warning, "Degraded for {Minutes:0} minutes now: {Reasons}. {Where}")]
    public static partial void StillDegraded(this ILogger log, double minutes, string reasons, string where);

    [LoggerMessage(7126, LogLevel.Critical,
        "Unhandled exception in no plugin's code: {Fault}. A part of the process has ended with it, so the gateway stops in order, to be started again (exit code 1)")]
    public static partial void UnhandledInNobodysCode(this ILogger log, string fault);

    [LoggerMessage(7127, LogLevel.Error, "The main thread met {Fault} ({Reason}); going on")]
    public static partial void LookFailed(this ILogger log, string? fault, string reason);

    [LoggerMessage(7131, LogLevel.Warning, "Taking the place of {Holder} in '{DataDirectory}': asking it to stop")]
    public static partial void Replacing(this ILogger log, string holder, string dataDirectory);

    [LoggerMessage(7132, LogLevel.Warning, "Process {Pid} did not stop within {Seconds:0.#} s: killed; nothing it accepted is lost")]
    public static partial void ReplacedByKill(this ILogger log, int pid, double seconds);

    [LoggerMessage(7133, LogLevel.Error, "The place of {Holder} cannot be taken: {Reason}")]
    public static partial void NotReplaced(this ILogger log, string holder, string reason);

    [LoggerMessage(7135, LogLevel.Critical, "This process cannot go on: {Why}. It stops, with exit code {ExitCode}; nothing accepted is lost")]
    public static partial void CannotGoOn(this ILogger log, string why, int exitCode);

    [LoggerMessage(7136, LogLevel.Warning, "{Fault}")]
    public static partial void FewOpenFiles(this ILogger log, string fault);

    [LoggerMessage(7138, LogLevel.Warning, "Another start was faster: {Holder} runs in '{DataDirectory}' now, and is asked to stop in its turn")]
    public static partial void ReplacingAgain(this ILogger log, string holder, string dataDirectory);

    [LoggerMessage(7140, LogLevel.Warning,
        "Adapter '{AdapterId}': a one-time code did not arrive ({Why}); whoever asked for it can ask again in 10 minutes")]
    public static partial void CodeNotDelivered(this ILogger log, string adapterId, string why);

    [LoggerMessage(7150, LogLevel.Debug, "{Owner}: {Text}")]
    public static partial void PluginSaidDebug(this ILogger log, string owner, string text);

    [LoggerMessage(7151, LogLevel.Information, "{Owner}: {Text}")]
    public static partial void PluginSaid(this ILogger log, string owner, string text);

    [LoggerMessage(7152, LogLevel.Warning, "{Owner}: {Text}")]
    public static partial void PluginWarned(this ILogger log, string owner, string text);

    [LoggerMessage(7153, LogLevel.Error, "{Owner}: {Text}")]
    public static partial void PluginFailed(this ILogger log, string owner, string text);

    [LoggerMessage(7154, LogLevel.Warning, "{Owner} logs more than {LinesPerSecond} lines a second: {Dropped} of its lines were dropped")]
    public static partial void PluginLogDropped(this ILogger log, string owner, long dropped, int linesPerSecond);
}
