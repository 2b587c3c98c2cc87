using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision.Generations;

/// <summary>Mapping from the end of a call to an event or a failure of the unit.</summary>
internal static class FailureMapping
{
    private const int MostProblems = 20;

    /// <summary>Returns the event of a step whose call has ended.</summary>
    public static StepEnded Ended(BeginStep step, GuardedCall call) => new(step.Generation, step.Step, Of(call))
    {
        Connection = (call as ConnectCall)?.Connection ?? ConnectionInfo.Empty,
    };

    /// <summary>Returns the failure; null when the call succeeded.</summary>
    public static Failure? Of(GuardedCall call)
    {
        var cause = Classify(call);
        if (cause is null || call.End.Failure is not { Detail: { } detail } failure) return cause;
        // Of a fault that the plugin declares the stack is no news.
        return cause with { Detail = failure.Fault is null ? detail : null, Frame = detail.Frame };
    }

    private static Failure? Classify(GuardedCall call) => call.End switch
    {
        { Kind: CallEndKind.Completed } => call is ValidateSettingsCall { Value: { Problems.Count: > 0 } report } ? Of(report) : null,
        { Kind: CallEndKind.Overdue } end => new Failure($"{Name(call.Operation)}-timeout",
            $"{Name(call.Operation)} {end.Describe()}{Remedy(call.Operation)}", KindOf(call.Operation, end), FreshContext: true),
        { Failure.Fault: { } fault } => Of(fault),
        { Failure: { Load: { } code } failure } => new Failure(
            code.Word(), failure.Text, code.IsRetryable() ? FailureKind.Retry : FailureKind.Operator),
        var end => new Failure($"{Name(call.Operation)}-failed", $"{Name(call.Operation)} failed: {end.Describe()}"),
    };

    public static Failure Of(PluginFault fault) =>
        new(CallFailure.Bounded(fault.Code), CallFailure.Bounded(fault.Message),
            fault.Retry == FaultRetry.AfterOperatorAction ? FailureKind.Operator : FailureKind.Retry, fault.RetryAfter)
        {
            IsUnreachable = fault.Code == PluginFault.UnreachableCode,
        };

    /// <summary>Returns the failure of a run that ended: also a normal end is a failure.</summary>
    public static Failure OfRun(GuardedCall call) => call.End.Kind == CallEndKind.Completed
        ? new Failure("connection-ended", "the connection ended: RunAsync returned")
        : Of(call) ?? new Failure("connection-ended", "the connection ended");

    public static string Name(Operation operation) => operation switch
    {
        Operation.ValidateSettings => "validate-settings",
        _ => operation.ToString().ToLowerInvariant(),
    };

    /// <summary>Returns the consequence of a failed call. A load or a constructor that hangs does so every time, and each leaves a thread and a
    /// context behind: it counts as a wedged generation.</summary>
    private static FailureKind KindOf(Operation operation, in CallEnd end) =>
        operation is Operation.Load or Operation.Create && end.Stage != CallStage.NotEntered ? FailureKind.Wedged : FailureKind.Retry;

    private static string Remedy(Operation operation) => operation switch
    {
        Operation.Load => "; its module initializer or a static constructor hangs: ask its author, or raise timeouts.loadSeconds",
        Operation.Create => "; its constructor or a static constructor hangs: ask its author, or raise timeouts.loadSeconds",
        _ => "",
    };

    private static Failure Of(SettingsReport report) => new(
        PluginFault.InvalidSettingsCode, "settings: " + string.Join("; ", report.Problems.Take(MostProblems)
            .Select(static problem => $"{CallFailure.Bounded(problem.Key)}: {CallFailure.Bounded(problem.Message)}")), FailureKind.Operator);
}
