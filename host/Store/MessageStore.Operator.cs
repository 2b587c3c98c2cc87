using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Store;

/// <content>What the operator does to messages that nobody else moves any more.</content>
internal sealed partial class MessageStore
{
    /// <summary>Parked and rejected messages are owed again.</summary>
    public void Resend(IReadOnlyList<long> ids, Action<CommandResult<IReadOnlyList<RowChange<OutboxState, OutboxRow>>>> done) =>
        Post(db => OperatorVerbs.Resend(db, ids), done);

    /// <summary>The oldest parked messages, at most <paramref name="limit"/>, are owed again.</summary>
    public void ResendParked(ParkedFilter filter, int limit, Action<CommandResult<RowChanges<OutboxState, OutboxRow>>> done) =>
        Post(db => OperatorVerbs.OfParked(ParkedMessages.OfOutbox(db, filter, limit), ids => OperatorVerbs.Resend(db, ids)), done);

    /// <summary>Parked messages that have arrived after all.</summary>
    public void MarkSent(IReadOnlyList<long> ids, Action<CommandResult<IReadOnlyList<RowChange<OutboxState, OutboxRow>>>> done) =>
        Post(db => OperatorVerbs.MarkSent(db, ids), done);

    /// <summary>Parked and owed messages that shall never be sent. None of them may be on its way.</summary>
    public void Drop(IReadOnlyList<long> ids, Action<CommandResult<IReadOnlyList<RowChange<OutboxState, OutboxRow>>>> done) =>
        Post(db => OperatorVerbs.Drop(db, ids), done);

    /// <summary>The oldest parked messages shall never be sent. The dispatcher knows none of them.</summary>
    public void DropParked(ParkedFilter filter, int limit, Action<CommandResult<RowChanges<OutboxState, OutboxRow>>> done) =>
        Post(db => OperatorVerbs.OfParked(ParkedMessages.OfOutbox(db, filter, limit), ids => OperatorVerbs.Drop(db, ids)), done);

    /// <summary>Parked messages get turns again.</summary>
    public void Rerun(IReadOnlyList<long> ids, Action<CommandResult<IReadOnlyList<RowChange<InboxState, InboxRow>>>> done) =>
        Post(db => OperatorVerbs.Rerun(db, ids), done);

    /// <summary>The oldest parked messages get turns again.</summary>
    public void RerunParked(ParkedFilter filter, int limit, Action<CommandResult<RowChanges<InboxState, InboxRow>>> done) =>
        Post(db => OperatorVerbs.OfParked(ParkedMessages.OfInbox(db, filter, limit), ids => OperatorVerbs.Rerun(db, ids)), done);

    /// <summary>Parked messages that nobody shall answer any more.</summary>
    public void DropInbox(IReadOnlyList<long> ids, Action<CommandResult<IReadOnlyList<RowChange<InboxState, InboxRow>>>> done) =>
        Post(db => OperatorVerbs.DropInbox(db, ids), done);

    /// <summary>The oldest parked messages shall not be answered any more.</summary>
    public void DropParkedInbox(ParkedFilter filter, int limit, Action<CommandResult<RowChanges<InboxState, InboxRow>>> done) =>
        Post(db => OperatorVerbs.OfParked(ParkedMessages.OfInbox(db, filter, limit), ids => OperatorVerbs.DropInbox(db, ids)), done);
}
