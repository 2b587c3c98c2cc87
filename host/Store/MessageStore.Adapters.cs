using PluginGateway.Store.Engine;
using PluginGateway.Store.Quota;
using PluginGateway.Store.Verbs;
using PluginGateway.Threads;

namespace PluginGateway.Store;

/// <summary>Verbs about adapters: their state and their generations.</summary>
internal sealed partial class MessageStore
{
    public void GetState(string adapterId, string key, Action<CommandResult<string?>> done) =>
        Post(db => AdapterVerbs.GetState(db, adapterId, key), done);

    /// <summary>Sets a key of the adapter's state; null removes the key. Fails also when the adapter has used its quota.</summary>
    public void SetState(string adapterId, string key, string? value, Action<CommandResult<bool>> done) =>
        Post(db => AdapterVerbs.SetState(db, adapterId, key, value), commandResult =>
    {
        Note(adapterId, commandResult.IsDurable, commandResult.Value);
        var isRefused = commandResult is { IsDurable: true, Value: StateWriteOutcome.OverQuota or StateWriteOutcome.StoreFull };
        done(isRefused
            ? new(false, StoreFailures.StateRefused(adapterId, commandResult.Value, _quota))
            : new(commandResult.IsDurable, commandResult.Failure));
    });

    /// <summary>Deletes at most so many keys of an adapter's state, and answers with their number.</summary>
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

    /// <summary>Returns the next generation of an adapter id. Does not wait: the number is queued before anything that the generation can write, so
    /// no durable row ever has a number that could be given again.</summary>
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
