using PluginGateway.Store;
using PluginGateway.Store.Engine;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>Takes messages of turns and of programs into the outbox: first room is reserved, then the message is owed durably, then the outbound
/// queue gets it. Any thread.</summary>
/// <param name="store">Where it is owed.</param>
/// <param name="room">Counts what is owed, by adapter.</param>
/// <param name="deliver">Takes what is owed now; only posts.</param>
internal sealed class Outbox(MessageStore store, MessageQuota room, Action<OutboxRow> deliver)
{
    /// <summary>Who wants to owe something makes room here first.</summary>
    public MessageQuota Room => room;

    /// <summary>Keys begin with it, so that they are unique over all databases.</summary>
    public string DatabaseId => store.DatabaseId;

    /// <summary>Owes something for which room was made; what is not new gives the room back.</summary>
    /// <param name="entry">What is owed.</param>
    /// <param name="done">Called with the result, on the store's writer.</param>
    /// <param name="ledger">The replies of the turn it belongs to; null: of none.</param>
    public void Enqueue(OutboxEntry entry, Action<CommandResult<EnqueueResult>> done, ReplyLedger? ledger = null) =>
        store.Enqueue(entry, commandResult =>
        {
            if (!commandResult.IsDurable) ledger?.Lose();
            if (commandResult.Value.Row is { } row) deliver(row);
            else room.Release(entry.AdapterId, 0);
            done(commandResult);
        });
}
