namespace PluginGateway;

/// <summary>Fault that ended a connection or prevented it.</summary>
public sealed record PluginFault
{
    /// <summary>Code of a refused credential.</summary>
    public const string UnauthorizedCode = "unauthorized";

    /// <summary>Code of a conflict with another session of the account. While an older generation of the same adapter id still has open calls, the
    /// host retries for 10 minutes before it parks the adapter, because the other session may be that generation's.</summary>
    public const string ConflictCode = "conflict";

    /// <summary>Code of invalid settings.</summary>
    public const string InvalidSettingsCode = "invalid-settings";

    /// <summary>Code of an unreachable platform: connection refused, no route, unknown host name, no answer to the connect. A retry costs the
    /// platform nothing, so the host retries at intervals of at most 2 s in the first 10 minutes of an outage, and of 15 s after that; after any
    /// other fault the intervals double up to <c>reconnect.capSeconds</c>. A network exception (<c>SocketException</c>, <c>HttpRequestException</c>)
    /// with such a cause counts as this fault.</summary>
    public const string UnreachableCode = "unreachable";

    /// <summary>Creates a fault.</summary>
    /// <param name="code">Stable short code, for example <c>unauthorized</c>: lower-case letters, digits and hyphens.</param>
    /// <param name="message">Sentence for the operator, without secrets.</param>
    /// <param name="retry">Retry rule.</param>
    /// <exception cref="ArgumentException">The code or the message is empty.</exception>
    public PluginFault(string code, string message, FaultRetry retry = FaultRetry.WithBackoff)
    {
        Code = Ensure.Token(code, nameof(code));
        Message = Ensure.Text(message, nameof(message));
        Retry = Ensure.Defined(retry, nameof(retry));
    }

    /// <summary>Stable short code.</summary>
    public string Code { get; }

    /// <summary>Sentence for the operator.</summary>
    public string Message { get; }

    /// <summary>Retry rule.</summary>
    public FaultRetry Retry { get; }

    /// <summary>Shortest wait before the next attempt that the platform demands, or null.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>Retry rules of a fault.</summary>
public enum FaultRetry
{
    /// <summary>Reconnects with backoff, without end.</summary>
    WithBackoff,

    /// <summary>Parks the adapter: it needs an action of the operator.</summary>
    AfterOperatorAction,
}

/// <summary>Exception with an <see cref="PluginFault"/>.</summary>
public sealed class PluginException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="fault">The fault.</param>
    public PluginException(PluginFault fault)
        : this(fault, null)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="innerException">The cause, or null. The host keeps its types, messages and stacks as bounded text for the log.</param>
    public PluginException(PluginFault fault, Exception? innerException)
        : base((fault ?? throw new ArgumentNullException(nameof(fault))).Message, innerException) => Fault = fault;

    /// <summary>Fault that the exception carries.</summary>
    public PluginFault Fault { get; }
}

/// <summary>Result of a probe.</summary>
/// <param name="Ingress">True: messages of the platform would reach the adapter.</param>
/// <param name="Egress">True: messages of the adapter would reach the platform.</param>
public sealed record ProbeResult(bool Ingress, bool Egress);
