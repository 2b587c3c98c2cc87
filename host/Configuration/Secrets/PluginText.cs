namespace PluginGateway.Configuration.Secrets;

/// <summary>Text that leaves a plugin, on its way to a log, a status, a file or an answer: bounded, and without the secrets of every configuration since the start. One redactor for the process, as secrets are; any
/// thread.</summary>
internal static class PluginText
{
    /// <summary>Characters of a message that are kept.</summary>
    public const int MaxLength = 500;

    /// <summary>A worker knows no secrets of others: its text is cut after the gateway has redacted it, because a secret that is cut in half is no longer found.</summary>
    private const int MaxLengthInWorker = 4000;

    /// <summary>Characters that are looked at.</summary>
    private const int MostRead = 16_000;

    private static volatile Redactor _redactor = Redactor.None;
    private static volatile bool _isWorker;

    /// <summary>True in a worker: the gateway redacts and cuts what it sends.</summary>
    public static bool IsWorker
    {
        get => _isWorker;
        set => _isWorker = value;
    }

    /// <summary>Hides the secrets of one more configuration: generations of an earlier one may still use theirs.</summary>
    public static void Hide(Redactor redactor) => _redactor = _redactor.And(redactor);

    public static string Redact(string text) => _redactor.Redact(text);

    /// <summary>The first line of a text that is not empty, redacted, at most 500 characters of it.</summary>
    public static string FirstLine(string text)
    {
        var said = text.AsSpan().TrimStart();
        if (said.Length > MostRead) said = said[..MostRead];
        // A secret may have several lines.
        var redacted = Redact(said.ToString());
        var end = redacted.AsSpan().IndexOfAny('\r', '\n');
        if (end < 0) end = redacted.Length;
        return redacted[..Math.Min(end, _isWorker ? MaxLengthInWorker : MaxLength)];
    }
}
