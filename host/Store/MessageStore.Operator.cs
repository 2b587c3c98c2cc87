using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Store;

/// <content>The operator's verbs about messages that the gateway no longer moves by itself.</content>
internal sealed partial class MessageStore
{
    /// <summary>Makes parked, rejected and withdrawn messages owed again.</summary>
    public void Resend(IReadOnlyList<long> ids, Action<CommandResult<IReadOnlyList<RowChange<OutboxState, OutboxRow>>>> done) =>
        Post(db => OperatorVerbs.Resend(db, ids), done);

    /// <summary>Makes the oldest parked messages, at most <paramref name="limit"/>, owed again.</summary>
    public void ResendParked(ParkedFilter filter, int limit, Action<CommandResult<RowChanges<OutboxState, OutboxRow>>> done) =>
        Post(db => OperatorVerbs.OfParked(ParkedMessages.OfOutbox(db, filter, limit), ids => OperatorVerbs.Resend(db, ids)), done);

    /// <summary>Marks parked messages as delivered.</summary>
    public void MarkSent(IReadOnlyList<long> ids, Action<CommandResult<IReadOnlyList<RowChange<OutboxState, OutboxRow>>>> done) =>
        Post(db => OperatorVerbs.MarkSent(db, ids), done);

    /// <summary>Withdraws parked and owed messages, which are not sent then. None of them may be on its way.</summary>
    public void Drop(IReadOnlyList<long> ids, Action<CommandResult<IReadOnlyList<RowChange<OutboxState, OutboxRow>>>> done) =>
        Post(db => OperatorVerbs.Drop(db, ids), done);

    /// <summary>Withdraws the oldest parked messages. The dispatcher knows none of them.</summary>
    public void DropParked(ParkedFilter filter, int limit, Action<CommandResult<RowChanges<OutboxState, OutboxRow>>> done) =>
        Post(db => OperatorVerbs.OfParked(ParkedMessages.OfOutbox(db, filter, limit), ids => OperatorVerbs.Drop(db, ids)), done);

    /// <summary>Makes parked and dropped messages pending again, so that they get turns.</summary>
    public void Rerun(IReadOnlyList<long> ids, Action<CommandResult<IReadOnlyList<RowChange<InboxState, InboxRow>>>> done) =>
        Post(db => OperatorVerbs.Rerun(db, ids), done);

    /// <summary>Makes the oldest parked messages pending again.</summary>
    public void RerunParked(ParkedFilter filter, int limit, Action<CommandResult<RowChanges<InboxState, InboxRow>>> done) =>
        Post(db => OperatorVerbs.OfParked(ParkedMessages.OfInbox(db, filter, limit), ids => OperatorVerbs.Rerun(db, ids)), done);

    /// <summary>Drops parked and pending messages.</summary>
    public void DropInbox(IReadOnlyList<long> ids, Action<CommandResult<IReadOnlyList<RowChange<InboxState, InboxRow>>>> done) =>
        Post(db => OperatorVerbs.DropInbox(db, ids), done);

    /// <summary>Drops the oldest parked messages.</summary>
    public void DropParkedInbox(ParkedFilter filter, int limit, Action<CommandResult<RowChanges<InboxState, InboxRow>>> done) =>
        Post(db => OperatorVerbs.OfParked(ParkedMessages.OfInbox(db, filter, limit), ids => OperatorVerbs.DropInbox(db, ids)), done);
}
