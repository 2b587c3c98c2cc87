using PluginGateway.Threads;

namespace PluginGateway.Guard.Calls;

/// <summary>A call that did not end well, for callers that await a task: <see cref="TimeoutException"/> when overdue, this otherwise.</summary>
internal sealed class CallFailedException(Operation operation, in CallEnd end) : Exception($"{operation} {end.Describe()}.")
{
    public CallEnd End { get; } = end;
}

/// <summary>Turns the end of a call into a task whose continuations never run on the thread that ended it.</summary>
internal sealed class TaskSink<T>(Func<GuardedCall, T> read) : ICallSink
{
    private readonly Promise<T> _promise = new(CancellationToken.None);

    public Task<T> Task => _promise.Task;

    public void Settled(GuardedCall call)
    {
        switch (call.End.Kind)
        {
            case CallEndKind.Completed:
                _promise.Complete(read(call));
                break;
            case CallEndKind.Overdue:
                _promise.Fail(new TimeoutException($"{call.Operation} {call.End.Describe()}."));
                break;
            default:
                _promise.Fail(new CallFailedException(call.Operation, call.End));
                break;
        }
    }
}

/// <summary>The same for a delivery, which has an outcome whatever happened.</summary>
internal sealed class DeliverySink : ICallSink
{
    private readonly Promise<SendResult> _promise = new(CancellationToken.None);

    public Task<SendResult> Task => _promise.Task;

    public void Settled(GuardedCall call) => _promise.Complete(((DeliveryCall)call).Result);
}
