using PluginGateway.Threads;

namespace PluginGateway.Guard.Calls;

/// <summary>Exception of a failed request; an overdue one gets a <see cref="TimeoutException"/> instead.</summary>
internal sealed class CallFailedException(Operation operation, in CallEnd end) : Exception($"{operation} {end.Describe()}.")
{
    public CallEnd End { get; } = end;
}

/// <summary>Turns the end of an HTTP call into a task, for the listener. The task's continuations never run on the thread that ended the
/// call.</summary>
internal sealed class HttpReplySink : ICallSink
{
    private readonly Promise<HttpReply> _promise = new(CancellationToken.None);

    public Task<HttpReply> Task => _promise.Task;

    public void Settled(GuardedCall call)
    {
        switch (call.End.Kind)
        {
            case CallEndKind.Completed:
                _promise.Complete(((HttpServeCall)call).Value!);
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
