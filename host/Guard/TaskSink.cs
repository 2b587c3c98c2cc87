using PluginGateway.Threads;

namespace PluginGateway.Guard;

/// <summary>A call that did not end well, for callers that await a task: <see cref="TimeoutException"/> when overdue, this otherwise.</summary>
internal sealed class CallFailedException(Operation operation, in CallEnd end) : Exception($"{operation} {end.Describe()}.")
{
    public CallEnd End { get; } = end;
}

/// <summary>Turns the end of a call into a task whose continuations never run on the thread that ended it.</summary>
internal sealed class TaskSink<T>(Func<GuardedCall, T> read) : ICallSink
{
    private readonly Pledge<T> _pledge = new(CancellationToken.None);

    public Task<T> Task => _pledge.Task;

    public void Settled(GuardedCall call)
    {
        switch (call.End.Kind)
        {
            case CallEndKind.Completed:
                _pledge.Keep(read(call));
                break;
            case CallEndKind.Overdue:
                _pledge.Break(new TimeoutException($"{call.Operation} {call.End.Describe()}."));
                break;
            default:
                _pledge.Break(new CallFailedException(call.Operation, call.End));
                break;
        }
    }
}

/// <summary>The same for a delivery, which has an outcome whatever happened.</summary>
internal sealed class DeliverySink : ICallSink
{
    private readonly Pledge<SendResult> _pledge = new(CancellationToken.None);

    public Task<SendResult> Task => _pledge.Task;

    public void Settled(GuardedCall call) => _pledge.Keep(((DeliveryCall)call).Result);
}
