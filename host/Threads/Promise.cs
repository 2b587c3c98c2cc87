namespace PluginGateway.Threads;

/// <summary>Source of a task that plugin code may await, and whose caller may stop waiting. Completing it only queues the end for a thread that has
/// no other work: the synchronization context or task scheduler under which a task is awaited is plugin code, and the runtime calls it on the thread
/// that completes the task, whatever the task's options are. A test allows no other source for such a task.</summary>
internal sealed class Promise<T> : IThreadPoolWorkItem
{
    private const int Open = 0, Claimed = 1, Kept = 2, Broken = 3, Cancelled = 4;

    private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationToken _cancellation;
    private readonly string _owner;
    private readonly CancellationTokenRegistration _registration;
    private Exception? _problem;
    private T? _value;
    private int _end;

    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="owner">Owner of the code that awaits it: an adapter's id, or <see cref="PromiseThreads.TurnsOf"/> one; empty: the
    /// gateway.</param>
    public Promise(CancellationToken cancellationToken, string owner = "")
    {
        _owner = owner;
        _cancellation = cancellationToken;
        if (cancellationToken.CanBeCanceled) _registration = cancellationToken.UnsafeRegister(static state => ((Promise<T>)state!).Cancel(), this);
    }

    public Task<T> Task => _source.Task;

    /// <summary>True: the task has no end yet.</summary>
    public bool IsOpen => Volatile.Read(ref _end) == Open;

    /// <summary>Completes the task with a value, unless it has an end already. Any thread; runs nothing of a plugin.</summary>
    public void Complete(T value) => TryComplete(value);

    /// <summary>Completes the task with a value; false: it has an end already. Any thread; runs nothing of a plugin.</summary>
    public bool TryComplete(T value)
    {
        if (!TryClaim()) return false;
        _value = value;
        End(Kept);
        return true;
    }

    /// <summary>Completes the task with an exception, unless it has an end already. Any thread; runs nothing of a plugin.</summary>
    public void Fail(Exception exception)
    {
        if (!TryClaim()) return;
        _problem = exception;
        End(Broken);
    }

    void IThreadPoolWorkItem.Execute()
    {
        _registration.Unregister();
        var end = Volatile.Read(ref _end);
        if (end == Kept) _source.TrySetResult(_value!);
        else if (end == Broken) _source.TrySetException(_problem!);
        else _source.TrySetCanceled(_cancellation);
    }

    private void Cancel()
    {
        if (TryClaim()) End(Cancelled);
    }

    private bool TryClaim() => Interlocked.CompareExchange(ref _end, Claimed, Open) == Open;

    private void End(int how)
    {
        Volatile.Write(ref _end, how);
        if (PromiseCompletion.IsInline) ((IThreadPoolWorkItem)this).Execute();
        else PromiseThreads.Post(_owner, this);
    }
}

/// <summary>Completion of promises, on <see cref="PromiseThreads"/>. Only a simulation, which has one thread and no plugin's code on it, completes
/// them on that thread, so that a seed gives the same run each time.</summary>
internal static class PromiseCompletion
{
    [ThreadStatic]
    private static bool _areInline;

    internal static bool IsInline => _areInline;

    /// <summary>Ends the promises of this thread on this thread, until it is disposed. For simulations.</summary>
    internal static IDisposable Inline()
    {
        _areInline = true;
        return new Scope();
    }

    private sealed class Scope : IDisposable
    {
        public void Dispose() => _areInline = false;
    }
}
