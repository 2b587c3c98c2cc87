using PluginGateway.Store;
using PluginGateway.Store.Quota;
using PluginGateway.Threads;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Key/value state of an adapter id or a handler, for one of its generations.</summary>
internal sealed class StoredState(MessageStore store, string ownerId, Func<bool> isRetired) : IAdapterState
{
    /// <summary>Largest number of open calls: a flood of calls that are not awaited would fill the store's queue and the memory.</summary>
    private const int MaxOpen = 64;

    private int _open;

    private string Owner => StateOwner.NameOf(ownerId);

    public Task<string?> GetAsync(string key, CancellationToken cancellationToken)
    {
        Check(key, null);
        Enter("read", key);
        var promise = new Promise<string?>(cancellationToken, ownerId);
        store.GetState(ownerId, key, commandResult =>
        {
            Interlocked.Decrement(ref _open);
            if (commandResult.IsDurable) promise.Complete(commandResult.Value);
            else promise.Fail(new IOException($"The state '{key}' of {Owner} cannot be read: {commandResult.Failure!.Message}"));
        });
        return promise.Task;
    }

    public Task<bool> SetAsync(string key, string? value, CancellationToken cancellationToken)
    {
        Check(key, value);
        if (isRetired()) return Task.FromResult(false);
        Enter("written", key);
        var promise = new Promise<bool>(cancellationToken, ownerId);
        store.SetState(ownerId, key, value, commandResult =>
        {
            Interlocked.Decrement(ref _open);
            if (commandResult.IsDurable) promise.Complete(true);
            else promise.Fail(new IOException($"The state '{key}' of {Owner} cannot be written: {commandResult.Failure!.Message}"));
        });
        return promise.Task;
    }

    private void Enter(string done, string key)
    {
        if (Interlocked.Increment(ref _open) <= MaxOpen) return;
        Interlocked.Decrement(ref _open);
        throw new InvalidOperationException(
            $"{MaxOpen} reads and writes of the state of {Owner} are open already: await them before the next. '{key}' was not {done}.");
    }

    private static void Check(string key, string? value)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!InboundRules.IsStorable(key, value))
        {
            throw new ArgumentException(
                $"A key has 1 to {InboundRules.MaxStateKeyLength} characters and a value at most {InboundRules.MaxStateValueBytes} bytes of UTF-8.",
                nameof(key));
        }
    }
}
