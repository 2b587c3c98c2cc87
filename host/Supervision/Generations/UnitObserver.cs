using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using PluginGateway.Loading;
using PluginGateway.Logging;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision.Generations;

/// <summary>Turns the end of a call into a message to the supervisor.</summary>
internal sealed class PostingSink(Action<GuardedCall> post) : ICallSink
{
    public void Settled(GuardedCall call) => post(call);
}

/// <summary>Observes the calls of one generation, on the watch's or a plugin's thread, and passes their ends on.</summary>
internal sealed class UnitObserver(SupervisedUnit unit, int generation) : ILaneObserver
{
    public void OnSettled(Operation operation, in CallEnd end)
    {
        unit.Figures.Count(operation, end);
        if (end.Failure?.Detail is { } detail) Report(operation, detail);
    }

    public void OnOverdue(Operation operation, in CallEnd end)
    {
        unit.Figures.Count(operation, end);
        unit.Logger.CallOverdue(unit.Kind, unit.Id, generation, FailureMapping.Name(operation), end.Describe());
    }

    public void OnLate(Operation operation, TimeSpan lateness, CallFailure? failure)
    {
        unit.CountLate();
        if (failure?.Detail is { } detail) Report(operation, detail);
        unit.Logger.CallLate(
            unit.Kind, unit.Id, generation, FailureMapping.Name(operation), lateness.TotalSeconds, failure?.Describe() ?? "a result, discarded");
    }

    public void OnUnhandled(string fault, FaultText? detail) => unit.Post(new GenerationFailed(
        generation, new Failure("unhandled-exception", $"unhandled exception: {fault}") { Detail = detail, Frame = detail?.Frame }));

    public void OnWorkerEnded(string reason) => unit.Post(new GenerationFailed(generation, new Failure(WorkerHandle.EndedCode, reason)));

    public void OnWedged(string reason) => unit.Post(new GenerationFailed(generation, new Failure("wedged", reason, FailureKind.Wedged)));

    private void Report(Operation operation, FaultText detail)
    {
        if (unit.Logger.IsEnabled(LogLevel.Debug))
            unit.Logger.CallThrew(new LoggedException(detail.Title, detail.Stack), unit.Kind, unit.Id, generation, FailureMapping.Name(operation));
    }
}
