namespace PluginGateway;

/// <summary>Why a connection ended or could not be made.</summary>
public sealed record AdapterFault
{
    /// <summary>Code of a refused credential.</summary>
    public const string UnauthorizedCode = "unauthorized";

    /// <summary>Code of another session on our account. While an older generation of the same adapter id still has open calls the host retries it for 10 minutes before it
    /// parks the adapter: the other session may be our own zombie.</summary>
    public const string ConflictCode = "conflict";

    /// <summary>Code of settings the adapter cannot work with.</summary>
    public const string InvalidSettingsCode = "invalid-settings";

    /// <summary>Code of a platform that nobody could reach: refused, no route, no such name, no answer to the connect. Trying again costs it nothing, so the host tries again every 2 s at most in the
    /// first 10 minutes of an outage and every 15 s after; after any other fault the waits double to <c>reconnect.capSeconds</c>. An exception of the network (<c>SocketException</c>,
    /// <c>HttpRequestException</c>) that says so counts as this fault.</summary>
    public const string UnreachableCode = "unreachable";

    /// <summary>Creates a fault.</summary>
    /// <param name="code">A stable short code, for example <c>unauthorized</c>: lower-case letters, digits and hyphens.</param>
    /// <param name="message">One sentence for the operator, without secrets.</param>
    /// <param name="retry">What should follow.</param>
    /// <exception cref="ArgumentException">The code or the message is empty.</exception>
    public AdapterFault(string code, string message, FaultRetry retry = FaultRetry.WithBackoff)
    {
        Code = Ensure.Token(code, nameof(code));
        Message = Ensure.Text(message, nameof(message));
        Retry = Ensure.Defined(retry, nameof(retry));
    }

    /// <summary>A stable short code.</summary>
    public string Code { get; }

    /// <summary>One sentence for the operator.</summary>
    public string Message { get; }

    /// <summary>What should follow.</summary>
    public FaultRetry Retry { get; }

    /// <summary>The least wait the platform demands before the next attempt, or null.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>What should follow a fault.</summary>
public enum FaultRetry
{
    /// <summary>Reconnect with backoff, for ever.</summary>
    WithBackoff,

    /// <summary>Park the adapter: only the operator can mend it.</summary>
    AfterOperatorAction,
}

/// <summary>Carries an <see cref="AdapterFault"/> out of a member.</summary>
public sealed class AdapterException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="fault">The fault.</param>
    public AdapterException(AdapterFault fault)
        : this(fault, null)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="innerException">The cause, or null. The host keeps types, messages and stacks of it as bounded text for the log.</param>
    public AdapterException(AdapterFault fault, Exception? innerException)
        : base((fault ?? throw new ArgumentNullException(nameof(fault))).Message, innerException) => Fault = fault;

    /// <summary>The fault.</summary>
    public AdapterFault Fault { get; }
}

/// <summary>What a probe proved.</summary>
/// <param name="Ingress">True: something would reach us.</param>
/// <param name="Egress">True: something we send would leave.</param>
public sealed record ProbeResult(bool Ingress, bool Egress);

/// <summary>What is wrong with an adapter's settings.</summary>
public sealed record SettingsReport
{
    /// <summary>A report without problems.</summary>
    public static SettingsReport Good { get; } = new([]);

    /// <summary>Creates a report.</summary>
    /// <param name="problems">Every problem.</param>
    public SettingsReport(IEnumerable<SettingsProblem> problems) => Problems = Ensure.List(problems, nameof(problems));

    /// <summary>Every problem.</summary>
    public IReadOnlyList<SettingsProblem> Problems { get; }
}

/// <summary>One problem of an adapter's settings.</summary>
public sealed record SettingsProblem
{
    /// <summary>Creates a problem.</summary>
    /// <param name="key">The setting, for example <c>token</c> or <c>servers[0].port</c>.</param>
    /// <param name="message">What is wrong and what is allowed. Never the value of a secret.</param>
    /// <exception cref="ArgumentException">Key or message is empty.</exception>
    public SettingsProblem(string key, string message)
    {
        Key = Ensure.Token(key, nameof(key));
        Message = Ensure.Text(message, nameof(message));
    }

    /// <summary>The setting.</summary>
    public string Key { get; }

    /// <summary>What is wrong and what is allowed.</summary>
    public string Message { get; }
}
