namespace PluginGateway.Configuration.Secrets;

/// <summary>Text of a plugin on its way to a log, a status, a file or an answer: bounded, and without the secrets of every configuration since the
/// start. One redactor for the process, as secrets are; any thread.</summary>
internal static class PluginText
{
    /// <summary>Largest number of characters of a message.</summary>
    public const int MaxLength = 500;

    /// <summary>Largest number of characters in a worker, which knows no secrets of others: the gateway redacts its text before it cuts it, because a
    /// secret that is cut in half is no longer found.</summary>
    private const int MaxLengthInWorker = 4000;

    /// <summary>Largest number of characters that are examined.</summary>
    private const int MostRead = 16_000;

    private static volatile Redactor _redactor = Redactor.None;
    private static volatile bool _isWorker;

    /// <summary>True in a worker, whose text the gateway redacts and cuts.</summary>
    public static bool IsWorker
    {
        get => _isWorker;
        set => _isWorker = value;
    }

    /// <summary>Hides the secrets of one more configuration: generations of an earlier one may still use theirs.</summary>
    public static void Hide(Redactor redactor) => _redactor = _redactor.And(redactor);

    public static string Redact(string text) => _redactor.Redact(text);

    /// <summary>Returns the first line of a text that is not empty, redacted, at most 500 characters of it (4,000 in a worker).</summary>
    public static string FirstLine(string text)
    {
        var said = text.AsSpan().TrimStart();
        if (said.Length > MostRead) said = said[..MostRead];
        // Redacted before the line is cut off: a secret may have several lines.
        var redacted = Redact(said.ToString());
        var end = redacted.AsSpan().IndexOfAny('\r', '\n');
        if (end < 0) end = redacted.Length;
        return redacted[..Math.Min(end, _isWorker ? MaxLengthInWorker : MaxLength)];
    }
}
