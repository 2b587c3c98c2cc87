using PluginGateway.Loading;
using PluginGateway.Logging;

namespace PluginGateway.Hosting;

/// <summary>The gateway's log as one plugin sees it. Lines below the level that the
/// operator set for the adapter or handler are left out, lines over its rate are dropped and counted.</summary>
internal sealed class PluginLog(ILogger log, string owner, Func<LogLevel> leastSevere, LogRateLimit rate) : IPluginLog
{
    public void Write(PluginLogLevel level, string message, Exception? exception = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (SeverityOf(level) < leastSevere()) return;
        var isAdmitted = rate.TryAcquire(out var dropped);
        if (dropped > 0) log.PluginLogDropped(owner, dropped, LogRateLimit.LinesPerSecond);
        if (!isAdmitted) return;
        var text = PluginLogText.Of(message, exception);
        switch (level)
        {
            case PluginLogLevel.Debug:
                log.PluginSaidDebug(owner, text);
                break;
            case PluginLogLevel.Information:
                log.PluginSaid(owner, text);
                break;
            case PluginLogLevel.Warning:
                log.PluginWarned(owner, text);
                break;
            default:
                log.PluginFailed(owner, text);
                break;
        }
    }

    private static LogLevel SeverityOf(PluginLogLevel level) => level switch
    {
        PluginLogLevel.Debug => LogLevel.Debug,
        PluginLogLevel.Information => LogLevel.Information,
        PluginLogLevel.Warning => LogLevel.Warning,
        _ => LogLevel.Error,
    };
}
