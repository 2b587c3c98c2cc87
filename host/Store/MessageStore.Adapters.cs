using PluginGateway.Threads;

namespace PluginGateway.Store;

/// <summary>The verbs about adapters: their state and their generations.</summary>
internal sealed partial class MessageStore
{
    public void GetState(string adapterId, string key, Action<Answer<string?>> done) => Post(db => AdapterVerbs.GetState(db, adapterId, key), done);

    /// <summary>Null removes the key. It fails also when the adapter has used its quota.</summary>
    public void SetState(string adapterId, string key, string? value, Action<Answer<bool>> done) =>
        Post(db => AdapterVerbs.SetState(db, adapterId, key, value), answer =>
    {
        Note(adapterId, answer.IsDurable, answer.Value);
        var isRefused = answer is { IsDurable: true, Value: StateFate.OverQuota or StateFate.StoreFull };
        done(isRefused ? new(false, StoreTrouble.StateRefused(adapterId, answer.Value, _quota)) : new(answer.IsDurable, answer.Failure));
    });

    /// <summary>Deletes some keys of an adapter; done when none is left.</summary>
    public void ForgetState(string adapterId, int atMost, Action<Answer<int>> done) =>
        Post(db => AdapterVerbs.ForgetState(db, adapterId, atMost), answer =>
    {
        if (answer.IsDurable) StateRefusals.Clear(adapterId);
        done(answer);
    });

    private void Note(string adapterId, bool isDurable, StateFate fate)
    {
        if (isDurable && fate != StateFate.Written) StateRefusals.Note(adapterId, fate, _quota);
    }

    /// <summary>The next generation of an adapter id. Does not wait: the number is queued before anything that generation can write, so nothing
    /// durable ever bears a
    /// number that could be given again.</summary>
    public int NextGeneration(string adapterId)
    {
        using (Held.On(_generations))
        {
            var next = _generations.GetValueOrDefault(adapterId) + 1;
            _generations[adapterId] = next;
            Post(db => AdapterVerbs.SetGeneration(db, adapterId, next), null);
            return next;
        }
    }
}
