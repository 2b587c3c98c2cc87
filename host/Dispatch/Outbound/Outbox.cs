using PluginGateway.Store;
using PluginGateway.Store.Engine;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Takes messages of turns and of programs into the outbox: first room is reserved, then the message is owed durably, then the outbound
/// queue gets it. Any thread.</summary>
/// <param name="store">The store.</param>
/// <param name="room">Counts owed messages, by adapter.</param>
/// <param name="deliver">Takes a message that is owed now; only posts.</param>
internal sealed class Outbox(MessageStore store, MessageQuota room, Action<OutboxRow> deliver)
{
    /// <summary>Quota in which a caller reserves room before <see cref="Enqueue"/>.</summary>
    public MessageQuota Room => room;

    /// <summary>Prefix of all keys, so that they are unique over all databases.</summary>
    public string DatabaseId => store.DatabaseId;

    /// <summary>Stores an entry for which room was reserved; gives the room back when the entry is not new.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="done">Called with the result, on the store's writer.</param>
    /// <param name="ledger">The replies of the entry's turn; null when it belongs to none.</param>
    public void Enqueue(OutboxEntry entry, Action<CommandResult<EnqueueResult>> done, ReplyLedger? ledger = null) =>
        store.Enqueue(entry, commandResult =>
        {
            if (!commandResult.IsDurable) ledger?.Lose();
            if (commandResult.Value.Row is { } row) deliver(row);
            else room.Release(entry.AdapterId, 0);
            done(commandResult);
        });

    /// <summary>Ends a turn with its last reply, for which room was reserved; gives the room back when the reply is not new.</summary>
    /// <param name="end">The end.</param>
    /// <param name="done">Called with the result, on the store's writer.</param>
    public void Finish(TurnEnd end, Action<CommandResult<EndedTurn>> done) => store.FinishTurn(end, commandResult =>
    {
        if (!commandResult.IsDurable) end.Ledger.Lose();
        if (commandResult.Value.Last.Row is { } row) deliver(row);
        else if (end.Last is { } last) room.Release(last.AdapterId, 0);
        done(commandResult);
    });
}
