namespace PluginGateway.Loading;

/// <summary>What a plugin writes to its log, bounded before it is formatted or sent.</summary>
internal static class PluginLogText
{
    private const int MaxLength = 4096;

    /// <summary>The exception is read here, on the plugin's own thread and where it lives.</summary>
    public static string Of(string message, Exception? exception)
    {
        if (message.Length > MaxLength) message = message[..MaxLength] + "...";
        return exception is null ? message : $"{message} ({ExceptionText.Of(exception)})";
    }
}
