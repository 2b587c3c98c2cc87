namespace PluginGateway.Loading;

/// <summary>What a plugin writes to its log, bounded before it is formatted or sent.</summary>
internal static class PluginLogText
{
    /// <summary>Most characters of a line. What a worker has bounded is within it, so that the gateway cuts nothing off again.</summary>
    public const int MaxLength = 4096;

    /// <summary>Most of them for the exception; the message has the rest.</summary>
    private const int MaxException = MaxLength / 4;

    private const string Ellipsis = "...";

    /// <summary>The exception is read here, on the plugin's own thread and where it lives.</summary>
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
