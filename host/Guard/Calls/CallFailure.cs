using PluginGateway.Configuration.Secrets;
using PluginGateway.Loading;

namespace PluginGateway.Guard.Calls;

/// <summary>A failure of a call, as kept of its exception: names and bounded text, never the exception itself, whose members are plugin code and
/// whose reference would pin the plugin.</summary>
internal sealed record CallFailure(string Type, string Text, PluginFault? Fault, LoadCode? Load = null)
{
    /// <summary>Stack and causes, for the plugin's author; null: no exception was thrown, or its stack was not read in the worker.</summary>
    public FaultText? Detail { get; init; }

    /// <summary>Shortest wait demanded by the backend of a handler that postponed a turn, or zero; null: no postponement.</summary>
    public TimeSpan? NotNow { get; init; }

    /// <summary>True: the call certainly had no effect, because the process that would have taken it had ended.</summary>
    public bool HadNoEffect { get; init; }

    /// <summary>True: the plugin ended the call because its token was cancelled.</summary>
    public bool IsCancellation =>
        Type is nameof(OperationCanceledException) or "System.OperationCanceledException" or "System.Threading.Tasks.TaskCanceledException";

    /// <summary>Reads an exception. Runs plugin code (<see cref="Exception.Message"/>), which may hang: only on a thread whose call is being
    /// watched.</summary>
    public static CallFailure Of(Exception exception)
    {
        var type = ExceptionText.TypeOf(exception);
        return exception switch
        {
            DeserializedFailureException carried => carried.Failure,
            PluginException { InnerException: DeserializedFailureException carried } => carried.Failure,
            PluginException { Fault: { } fault } => new CallFailure(type, Bounded(fault.Message), Redacted(fault)),
            PluginLoadException load =>
                new CallFailure(type, PluginText.Redact(load.Message), load.Fault is { } fault ? Redacted(fault) : null, load.Code)
                {
                    Detail = load.Detail
                },
            RetryLaterException later => new CallFailure(type, Bounded(later.Message), null) { NotNow = later.RetryAfter ?? TimeSpan.Zero },
            _ when Unreachable.Is(exception) => new CallFailure(type, MessageOf(exception), Unreachable.Fault(type, MessageOf(exception))),
            _ => new CallFailure(type, MessageOf(exception), null),
        };
    }

    /// <summary>Reads an exception with its stack and its causes.</summary>
    public static CallFailure InFull(Exception exception)
    {
        var failure = Of(exception);
        return failure.Detail is not null || failure.Load is not null || exception is DeserializedFailureException
            ? failure
            : failure with { Detail = FaultText.Of(exception) };
    }

    /// <summary>Reads a faulted or cancelled task.</summary>
    public static CallFailure Of(Task task) => Thrown(task) is { } exception ? Of(exception) : Cancelled;

    /// <summary>Reads a faulted or cancelled task with stack and causes.</summary>
    public static CallFailure InFull(Task task) => Thrown(task) is { } exception ? InFull(exception) : Cancelled;

    /// <summary>Creates the failure of a member that broke the contract without throwing.</summary>
    public static CallFailure Broken(string text) => new("contract", text, null);

    /// <summary>Returns a phrase for a log line or the operator.</summary>
    public string Describe() => Fault is null && Load is null && NotNow is null ? $"{Type}: {Text}" : Text;

    private static CallFailure Cancelled => new(nameof(OperationCanceledException), "It was cancelled.", null);

    /// <summary>Returns the exception of a task without the runtime's own wrapper. Null: the task was cancelled.</summary>
    private static Exception? Thrown(Task task) => task.IsFaulted ? task.Exception!.InnerException ?? task.Exception : null;

    private static PluginFault Redacted(PluginFault fault) =>
        new(NotEmpty(PluginText.FirstLine(fault.Code)), NotEmpty(Bounded(fault.Message)), fault.Retry) { RetryAfter = fault.RetryAfter };

    /// <summary>Replaces an empty text, which the records of the contract refuse.</summary>
    public static string NotEmpty(string text) => text.Length > 0 ? text : "(it says nothing)";

    private static string MessageOf(Exception exception) => Bounded(ExceptionText.Read(exception).MessageOrProblem);

    /// <summary>Returns the first line of a plugin's text that is not empty, redacted, at most 500 characters of it.</summary>
    public static string Bounded(string text) => PluginText.FirstLine(text);
}
