namespace PluginGateway.Control;

/// <summary>Request over the control socket: one line, behind the key (see <see cref="ControlKey"/>) and a space:
/// <c>{"verb":"status","arguments":{"id":"web"}}</c>.</summary>
internal sealed record ControlRequest(string Verb, IReadOnlyDictionary<string, string>? Arguments)
{
    /// <summary>An argument's value; null if it was not given.</summary>
    public string? this[string name] => Arguments is not null && Arguments.TryGetValue(name, out var value) ? value : null;
}

/// <summary>Reply over the control socket: one line, <c>{"ok":true,"result":...}</c> or <c>{"ok":false,"error":"..."}</c>.</summary>
internal sealed record ControlReply
{
    private ControlReply(string? result, string? error) => (Result, Error) = (result, error);

    /// <summary>JSON, if it was done.</summary>
    public string? Result { get; }

    /// <summary>A sentence for the operator, if it was not.</summary>
    public string? Error { get; }

    /// <summary>Done. <paramref name="json"/> must be valid JSON.</summary>
    public static ControlReply Done(string json) => new(json, null);

    /// <summary>Reply to a request that was not executed, with the reason.</summary>
    public static ControlReply Refused(string error) => new(null, error);
}

/// <summary>Answer of <c>stop</c> and <c>restart</c>: the stop has begun, and the process ends within budget plus grace in any case.</summary>
internal sealed record StopAccepted(double BudgetSeconds, double GraceSeconds);

/// <summary>Verb of the control socket.</summary>
internal interface IControlVerb
{
    /// <summary>Name of the verb in a request.</summary>
    string Name { get; }

    /// <summary>Answers from known state, or starts an operation and says so. Runs on the control thread: it must not wait, throw, or take longer
    /// than 500 ms.</summary>
    ControlReply Execute(ControlRequest request);
}
