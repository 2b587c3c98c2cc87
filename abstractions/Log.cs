namespace PluginGateway;

/// <summary>The gateway's log as a plugin sees it. Lines go through a bounded queue; writing never blocks.</summary>
public interface IPluginLog
{
    /// <summary>Writes one line, marked with the adapter id and generation.</summary>
    /// <param name="level">How important it is.</param>
    /// <param name="message">The line; cut at 4,096 characters.</param>
    /// <param name="exception">Its type and message are added.</param>
    void Write(PluginLogLevel level, string message, Exception? exception = null);
}

/// <summary>How important a log line is.</summary>
public enum PluginLogLevel
{
    /// <summary>For the author.</summary>
    Debug,

    /// <summary>Something worth knowing happened.</summary>
    Information,

    /// <summary>Something is wrong and is being handled.</summary>
    Warning,

    /// <summary>Something failed.</summary>
    Error,
}

/// <summary>One-word forms of <see cref="IPluginLog.Write"/>.</summary>
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
    /// <param name="exception">What went wrong.</param>
    public static void Warning(this IPluginLog log, string message, Exception? exception = null) => log.Write(PluginLogLevel.Warning, message, exception);

    /// <summary>Writes at <see cref="PluginLogLevel.Error"/>.</summary>
    /// <param name="log">The log.</param>
    /// <param name="message">The line.</param>
    /// <param name="exception">What went wrong.</param>
    public static void Error(this IPluginLog log, string message, Exception? exception = null) => log.Write(PluginLogLevel.Error, message, exception);
}
