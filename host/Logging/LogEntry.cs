namespace PluginGateway.Logging;

/// <summary>Log entry before it is formatted. <paramref name="Message"/> and <paramref name="Fault"/> are redacted already.</summary>
internal readonly record struct LogEntry(DateTimeOffset Time, LogLevel Level, string Category, int Event, string Message, LoggedFault? Fault)
{
    /// <summary>The level's name in a line.</summary>
    public string LevelName => Level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "crit",
    };
}
