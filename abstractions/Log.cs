namespace PluginGateway;

/// <summary>Log of the gateway for a plugin. Any thread; lines go through a bounded queue, and writing never blocks. Over 100 lines a second (1,000
/// in a burst) lines are dropped and counted.</summary>
public interface IPluginLog
{
    /// <summary>Writes one line with the adapter id and generation.</summary>
    /// <param name="level">The severity.</param>
    /// <param name="message">The line; the host cuts it at 4,096 characters.</param>
    /// <param name="exception">An exception, or null: its type and message are added to the line.</param>
    void Write(PluginLogLevel level, string message, Exception? exception = null);
}

/// <summary>Severity of a log line.</summary>
public enum PluginLogLevel
{
    /// <summary>Detail for the author of the plugin.</summary>
    Debug,

    /// <summary>Event of interest to the operator.</summary>
    Information,

    /// <summary>Problem that the plugin handles.</summary>
    Warning,

    /// <summary>Failure.</summary>
    Error,
}

/// <summary>Short forms of <see cref="IPluginLog.Write"/>.</summary>
public static class PluginLogExtensions
{
    /// <summary>Writes at <see cref="PluginLogLevel.Debug"/>.</summary>
    /// <param name="log">The log.</param>
    /// <param name="message">The line.</param>
    public static void Debug(this IPluginLog log, string message) => log.Write(PluginLogLevel.Debug, message);

    /// <summary>Writes at <see cref="PluginLogLevel.Information"/>.</summary>
    /// <param name="log">The log.</param>
    /// <param name="message">The line.</param>
    public static void Information(this IPluginLog log, string message) => log.Write(PluginLogLevel.Information, message);

    /// <summary>Writes at <see cref="PluginLogLevel.Warning"/>.</summary>
    /// <param name="log">The log.</param>
    /// <param name="message">The line.</param>
    /// <param name="exception">The exception, or null.</param>
    public static void Warning(this IPluginLog log, string message, Exception? exception = null) =>
        log.Write(PluginLogLevel.Warning, message, exception);

    /// <summary>Writes at <see cref="PluginLogLevel.Error"/>.</summary>
    /// <param name="log">The log.</param>
    /// <param name="message">The line.</param>
    /// <param name="exception">The exception, or null.</param>
    public static void Error(this IPluginLog log, string message, Exception? exception = null) => log.Write(PluginLogLevel.Error, message, exception);
}
