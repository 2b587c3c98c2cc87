namespace PluginGateway;

/// <summary>Thrown by a handler that cannot answer a turn now, through no fault of the message: its backend is away or busy. The turn waits and runs again later; the attempt does
/// not count. After 24 hours of that the message is parked.</summary>
public sealed class NotNowException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">One sentence for the operator, without secrets.</param>
    /// <param name="retryAfter">The least wait the backend demands, or null; the host waits 1 s, doubling to 60 s, and never longer than 5 minutes.</param>
    public NotNowException(string message, TimeSpan? retryAfter = null)
        : base(message) => RetryAfter = retryAfter;

    /// <summary>The least wait the backend demands, or null.</summary>
    public TimeSpan? RetryAfter { get; }
}
