namespace PluginGateway.Loading;

/// <summary>Text of a plugin's log line, bounded before it is formatted or sent.</summary>
internal static class PluginLogText
{
    /// <summary>Largest number of characters of a line. A line that a worker has bounded is within it, so that the gateway does not cut it
    /// again.</summary>
    public const int MaxLength = 4096;

    /// <summary>Largest number of characters of the exception; the message has the rest.</summary>
    private const int MaxException = MaxLength / 4;

    private const string Ellipsis = "...";

    /// <summary>Returns the text of a line. Reads the exception here, on the plugin's own thread and in its process.</summary>
    public static string Of(string message, Exception? exception)
    {
        var problem = exception is null ? "" : $" ({Cut(ExceptionText.Of(exception), MaxException)})";
        return Cut(message, MaxLength - problem.Length) + problem;
    }

    private static string Cut(string text, int most)
    {
        if (text.Length <= most) return text;
        var end = most - Ellipsis.Length;
        return text[..(char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)] + Ellipsis;
    }
}
