using PluginGateway.Guard;

namespace PluginGateway.Supervision;

/// <summary>Turns the end of a call into a message to the supervisor.</summary>
internal sealed class PostingSink(Action<GuardedCall> post) : ICallSink
{
    public void Settled(GuardedCall call) => post(call);
}

/// <summary>Hears how the calls of one generation go, on the watch's or a plugin's thread, and passes it on.</summary>
internal sealed class UnitObserver(SupervisedUnit unit, int generation) : ILaneObserver
{
    public void OnSettled(Operation operation, in CallEnd end) => unit.Figures.Count(operation, end);

    public void OnOverdue(Operation operation, in CallEnd end)
    {
        unit.Figures.Count(operation, end);
        unit.Logger.CallOverdue(unit.Kind, unit.Id, generation, Troubles.Name(operation), end.Describe());
    }

    public void OnLate(Operation operation, TimeSpan lateness, CallFailure? failure)
    {
        unit.CountLate();
        unit.Logger.CallLate(unit.Kind, unit.Id, generation, Troubles.Name(operation), lateness.TotalSeconds, failure?.Describe() ?? "a result, discarded");
    }

    public void OnWedged(string reason) => unit.Post(new Broke(generation, new Trouble("wedged", reason, TroubleKind.Wedged)));
}
