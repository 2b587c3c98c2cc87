using PluginGateway.Guard;
using PluginGateway.Loading;

namespace PluginGateway.Supervision;

/// <summary>What the end of a call means for the unit.</summary>
internal static class Troubles
{
    private const int MostProblems = 20;

    /// <summary>Null when the call did what it should.</summary>
    public static Trouble? Of(GuardedCall call)
    {
        var trouble = Meaning(call);
        if (trouble is null || call.End.Failure is not { Detail: { } detail } failure) return trouble;
        // Of a fault that the plugin declares the stack is no news.
        return trouble with { Detail = failure.Fault is null ? detail : null, Frame = detail.Frame };
    }

    private static Trouble? Meaning(GuardedCall call) => call.End switch
    {
        { Kind: CallEndKind.Completed } => call is ValidateSettingsCall { Value: { Problems.Count: > 0 } report } ? Of(report) : null,
        { Kind: CallEndKind.Overdue } end => new Trouble($"{Name(call.Operation)}-timeout", $"{Name(call.Operation)} {end.Describe()}{Remedy(call.Operation)}", KindOf(call.Operation, end), FreshContext: true),
        { Failure.Fault: { } fault } => Of(fault),
        { Failure: { Load: { } code } failure } => new Trouble(code.Word(), failure.Text, code.IsRetryable() ? TroubleKind.Retry : TroubleKind.Operator),
        var end => new Trouble($"{Name(call.Operation)}-failed", $"{Name(call.Operation)} failed: {end.Describe()}"),
    };

    public static Trouble Of(AdapterFault fault) =>
        new(CallFailure.Bounded(fault.Code), CallFailure.Bounded(fault.Message), fault.Retry == FaultRetry.AfterOperatorAction ? TroubleKind.Operator : TroubleKind.Retry, fault.RetryAfter)
        {
            IsUnreachable = fault.Code == AdapterFault.UnreachableCode,
        };

    /// <summary>A run that ended is a trouble even when it ended well.</summary>
    public static Trouble OfRun(GuardedCall call) => call.End.Kind == CallEndKind.Completed
        ? new Trouble("connection-ended", "the connection ended: RunAsync returned")
        : Of(call) ?? new Trouble("connection-ended", "the connection ended");

    public static string Name(Operation operation) => operation switch
    {
        Operation.ValidateSettings => "validate-settings",
        _ => operation.ToString().ToLowerInvariant(),
    };

    /// <summary>A load or a constructor that hangs does so every time, and each leaves a thread and a context behind: it counts as a wedged generation.</summary>
    private static TroubleKind KindOf(Operation operation, in CallEnd end) =>
        operation is Operation.Load or Operation.Create && end.Stage != CallStage.NotEntered ? TroubleKind.Wedged : TroubleKind.Retry;

    private static string Remedy(Operation operation) => operation switch
    {
        Operation.Load => "; its module initializer or a static constructor hangs: ask its author, or raise timeouts.loadSeconds",
        Operation.Create => "; its constructor or a static constructor hangs: ask its author, or raise timeouts.loadSeconds",
        _ => "",
    };

    private static Trouble Of(SettingsReport report) => new(
        AdapterFault.InvalidSettingsCode, "settings: " + string.Join("; ", report.Problems.Take(MostProblems).Select(static problem => $"{CallFailure.Bounded(problem.Key)}: {CallFailure.Bounded(problem.Message)}")), TroubleKind.Operator);
}
