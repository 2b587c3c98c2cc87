using PluginGateway.Store;
using PluginGateway.Store.Engine;

namespace PluginGateway.Dispatch.Outbound;

/// <summary>The way into the outbox, for turns and for programs alike: who has made room first owes durably, and the outbound queue hears of it. Any
/// thread.</summary>
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
    /// <param name="done">Hears what became of it, on the store's writer.</param>
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
