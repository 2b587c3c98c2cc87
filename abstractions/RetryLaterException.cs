namespace PluginGateway;

/// <summary>Exception of a handler that cannot answer a turn now because its backend is unavailable or busy. The turn waits and runs again later; the
/// attempt does not count. After 24 hours of such exceptions the message is parked.</summary>
public sealed class RetryLaterException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Sentence for the operator, without secrets.</param>
    /// <param name="retryAfter">The shortest wait that the backend demands, or null. The host waits 1 s, doubling to 60 s, or this time if it is
    /// longer, and never longer than 5 minutes.</param>
    public RetryLaterException(string message, TimeSpan? retryAfter = null)
        : base(message) => RetryAfter = retryAfter;

    /// <summary>Shortest wait that the backend demands, or null.</summary>
    public TimeSpan? RetryAfter { get; }
}
