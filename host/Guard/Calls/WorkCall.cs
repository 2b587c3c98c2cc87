namespace PluginGateway.Guard.Calls;

/// <summary>Synchronous work that runs plugin code outside a member: loading, a constructor, unloading.</summary>
internal sealed class WorkCall<T>(Operation operation, Func<T> work, ICallSink? sink) : GuardedCall(operation, sink)
    where T : class
{
    private T? _made;

    /// <summary>Result of the work, once the call has completed; otherwise null.</summary>
    public T? Value { get; private set; }

    /// <summary>Receives a result that came after the host had given up waiting. Runs on the thread of the work.</summary>
    public Action<T>? Late { get; init; }

    public override Task? Enter(object? target, CancellationToken cancellationToken)
    {
        _made = work();
        return Task.CompletedTask;
    }

    public override object? Extract(Task task) => _made;

    public override void Accept(object result) => Value = (T)result;

    public override void AcceptLate(object result) => Late?.Invoke((T)result);
}
