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
/// <param name="completesOnPool">False: no plugin sees the task, so it is completed on the thread that reads the connection.</param>
/// <param name="waitsUntil">Ends the task before there is an answer; only used with completion on the pool.</param>
internal sealed class PendingCall<T>(Read<T> read, bool completesOnPool, CancellationToken waitsUntil) : PendingCall
{
    private readonly Promise<T>? _promise = completesOnPool ? new Promise<T>(waitsUntil) : null;
    private readonly TaskCompletionSource<T>? _source = completesOnPool ? null : new();
    private T? _value;
    private Exception? _failure;

    public Task<T> Task => _promise?.Task ?? _source!.Task;

    public override void Complete(ref FrameReader body)
    {
        _value = read(ref body);
        Over();
        if (_promise is { } promise) promise.Complete(_value);
        else _source!.TrySetResult(_value);
    }

    public override void Fail(Exception exception)
    {
        _failure = exception;
        Over();
        if (_promise is { } promise)
        {
            promise.Fail(exception);
            return;
        }

        if (!_source!.TrySetException(exception)) return;
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
