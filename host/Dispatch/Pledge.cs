namespace PluginGateway.Dispatch;

/// <summary>A task for a plugin: its continuations never run on the thread that completes it, and its caller may stop waiting.</summary>
internal sealed class Pledge<T>
{
    private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration _registration;

    public Pledge(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
            _registration = cancellationToken.UnsafeRegister(static (state, token) => ((TaskCompletionSource<T>)state!).TrySetCanceled(token), _source);
    }

    public Task<T> Task => _source.Task;

    public void Keep(T value)
    {
        _source.TrySetResult(value);
        _registration.Unregister();
    }

    public void Break(Exception exception)
    {
        _source.TrySetException(exception);
        _registration.Unregister();
    }
}
