using PluginGateway.Threads;

namespace PluginGateway.Isolation.Protocol;

/// <summary>A request that waits for its answer.</summary>
internal abstract class PendingCall
{
    private CancellationTokenRegistration _registration;
    private bool _isOver;

    /// <summary>Takes the answer. Only the reader of the connection.</summary>
    public abstract void Complete(ref FrameReader body);

    /// <summary>Ends the request without an answer.</summary>
    public abstract void Fail(Exception exception);

    /// <summary>Sets the registration that cancels the request on the other side, until the answer is there.</summary>
    public void Watch(CancellationTokenRegistration registration)
    {
        using (UninterruptibleLock.Enter(this))
        {
            _registration = registration;
            if (!_isOver) return;
        }

        registration.Unregister();
    }

    /// <summary>Waits for the end of the request: answer or failure.</summary>
    protected void WaitUntilOver()
    {
        using (UninterruptibleLock.Enter(this))
        {
            while (!_isOver) UninterruptibleLock.Wait(this);
        }
    }

    /// <summary>Ends the request: it can no longer be cancelled.</summary>
    protected void Over()
    {
        CancellationTokenRegistration registration;
        using (UninterruptibleLock.Enter(this))
        {
            _isOver = true;
            registration = _registration;
            Monitor.PulseAll(this);
        }

        registration.Unregister();
    }
}

/// <summary>Pending request with a result.</summary>
/// <param name="read">Reads the result.</param>
/// <param name="promise">Promise of a task that plugin code may await; null: no plugin sees the task, so it is completed on the thread that reads
/// the connection.</param>
internal sealed class PendingCall<T>(Read<T> read, Promise<T>? promise) : PendingCall
{
    private readonly TaskCompletionSource<T>? _source = promise is null ? new() : null;
    private T? _value;
    private Exception? _failure;

    public Task<T> Task => promise?.Task ?? _source!.Task;

    public override void Complete(ref FrameReader body)
    {
        _value = read(ref body);
        Over();
        if (_source is null) promise!.Complete(_value);
        else _source.TrySetResult(_value);
    }

    public override void Fail(Exception exception)
    {
        _failure = exception;
        Over();
        if (_source is null)
        {
            promise!.Fail(exception);
            return;
        }

        if (!_source.TrySetException(exception)) return;
        // The task may have no reader left.
        _ = _source.Task.Exception;
    }

    /// <summary>Blocks until the answer is there: only a thread that has nothing else to do.</summary>
    public T Wait()
    {
        WaitUntilOver();
        return _failure is null ? _value! : throw _failure;
    }
}
