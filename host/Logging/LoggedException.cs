namespace PluginGateway.Logging;

/// <summary>Carries to the log what was read of an exception where it was thrown, at whatever level that is told.</summary>
internal sealed class LoggedException(string title, string stack) : Exception(title)
{
    public string Stack { get; } = stack;
}
