using System.Collections.Concurrent;

namespace PluginGateway.Logging;

/// <summary>Connects <see cref="ILogger"/> to the <see cref="LogWriter"/>. A line is formatted on the thread that logs, which does not wait; the
/// thread pool is not used.</summary>
internal sealed class LineLoggerProvider(LogWriter writer, ILineFormat format, TimeProvider clock) : ILoggerProvider
{
    /// <summary>Categories of plugins begin with it; the id of the adapter or handler follows.</summary>
    public const string PluginCategory = "Plugin.";

    private readonly ConcurrentDictionary<string, LineLogger> _loggers = new(StringComparer.Ordinal);

    /// <summary>Writer of the log lines.</summary>
    public LogWriter Writer => writer;

    /// <summary>Takes secrets out of every text before it is formatted. Set once the configuration, and with it the secrets, are known.</summary>
    public Func<string, string> Redact { get; set; } = text => text;

    public ILogger CreateLogger(string categoryName) => _loggers.GetOrAdd(categoryName,
        static (name, provider) => new LineLogger(provider, Shorten(name), name.StartsWith(PluginCategory, StringComparison.Ordinal)), this);

    /// <summary>Does nothing: the writer outlives every logger, so that the last lines of a stop are written too.</summary>
    public void Dispose()
    {
    }

    /// <summary>Shortens a category: the gateway's own to their folder, others to their last word.</summary>
    internal static string Shorten(string category)
    {
        var words = category.Split('.');
        return words[0] == nameof(PluginGateway) && words.Length > 1 ? words[1] : words[^1];
    }

    private void Write(string category, bool isPlugins, LogLevel level, EventId eventId, string message, Exception? exception)
    {
        var fault = exception is null ? null : LoggedFault.Of(exception, withStack: level >= LogLevel.Error);
        if (fault is not null)
            fault = fault with
            {
                FirstLine = fault.FirstLine is null ? null : Redact(fault.FirstLine),
                Stack = fault.Stack is null ? null : Redact(fault.Stack)
            };
        writer.Write(format.Format(new LogEntry(clock.GetLocalNow(), level, category, eventId.Id, Redact(message), fault)), isPlugins);
    }

    private sealed class LineLogger(LineLoggerProvider provider, string category, bool isPlugins) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) provider.Write(category, isPlugins, logLevel, eventId, formatter(state, exception), exception);
        }
    }
}
