using PluginGateway.Store.Engine;
using PluginGateway.Store.Quota;
using PluginGateway.Store.Verbs;
using PluginGateway.Threads;

namespace PluginGateway.Store;

/// <summary>The verbs about adapters: their state and their generations.</summary>
internal sealed partial class MessageStore
{
    public void GetState(string adapterId, string key, Action<CommandResult<string?>> done) => Post(db => AdapterVerbs.GetState(db, adapterId, key), done);

    /// <summary>Null removes the key. It fails also when the adapter has used its quota.</summary>
    public void SetState(string adapterId, string key, string? value, Action<CommandResult<bool>> done) =>
        Post(db => AdapterVerbs.SetState(db, adapterId, key, value), commandResult =>
    {
        Note(adapterId, commandResult.IsDurable, commandResult.Value);
        var isRefused = commandResult is { IsDurable: true, Value: StateWriteOutcome.OverQuota or StateWriteOutcome.StoreFull };
        done(isRefused ? new(false, StoreFailures.StateRefused(adapterId, commandResult.Value, _quota)) : new(commandResult.IsDurable, commandResult.Failure));
    });

    /// <summary>Deletes some keys of an adapter; done when none is left.</summary>
    public void ForgetState(string adapterId, int atMost, Action<CommandResult<int>> done) =>
        Post(db => AdapterVerbs.ForgetState(db, adapterId, atMost), commandResult =>
    {
        if (commandResult.IsDurable) StateRefusals.Clear(adapterId);
        done(commandResult);
    });

    private void Note(string adapterId, bool isDurable, StateWriteOutcome outcome)
    {
        if (isDurable && outcome != StateWriteOutcome.Written) StateRefusals.Note(adapterId, outcome, _quota);
    }

    /// <summary>The next generation of an adapter id. Does not wait: the number is queued before anything that generation can write, so nothing
    /// durable ever bears a
    /// number that could be given again.</summary>
    public int NextGeneration(string adapterId)
    {
        using (UninterruptibleLock.Enter(_generations))
        {
            var next = _generations.GetValueOrDefault(adapterId) + 1;
            _generations[adapterId] = next;
            Post(db => AdapterVerbs.SetGeneration(db, adapterId, next), null);
            return next;
        }
    }
}
