namespace PluginGateway.Logging;

/// <summary>Carrier of an exception's title and stack to the log, at any level.</summary>
internal sealed class LoggedException(string title, string stack) : Exception(title)
{
    public string Stack { get; } = stack;
}
