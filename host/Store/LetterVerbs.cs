namespace PluginGateway.Store;

/// <summary>What an operator can do about a message that nobody else moves any more. The books follow: nothing leaves them.</summary>
internal static class LetterVerbs
{
    public const string Dropped = "dropped by the operator";

    /// <summary>Parked and rejected messages are owed again, in the order of their ids, attempts counted anew; pending ones are due now. What has arrived of a text is not sent
    /// twice.</summary>
    public static IReadOnlyList<Touched<OutboxState, OutboxRow>> Resend(Session db, IReadOnlyList<long> ids) => Each(ids, id =>
    {
        var found = OutboxStateOf(db, id);
        if (found == OutboxState.Pending)
        {
            db.Execute("UPDATE outbox SET due_utc = ?2 WHERE id = ?1", id, db.Now);
            return new Touched<OutboxState, OutboxRow>(id, found, true, OutboxVerbs.Load(db, id));
        }

        if (found is not (OutboxState.Parked or OutboxState.Rejected)) return new(id, found, false);
        // Owed anew: its age counts from now. leased_utc: since when it waits for its due time.
        db.Execute("UPDATE outbox SET state = 0, attempt = 0, owed_utc = ?2, due_utc = ?2, leased_utc = ?2, doubtful_utc = NULL, ended_utc = NULL WHERE id = ?1", id, db.Now);
        db.Add(found == OutboxState.Parked ? Total.OutboundParked : Total.Rejected, -1);
        return new Touched<OutboxState, OutboxRow>(id, found, true, OutboxVerbs.Load(db, id));
    });

    /// <summary>Parked messages of which the operator knows that they have arrived.</summary>
    public static IReadOnlyList<Touched<OutboxState, OutboxRow>> MarkSent(Session db, IReadOnlyList<long> ids) => Each(ids, id =>
    {
        var found = OutboxStateOf(db, id);
        if (found != OutboxState.Parked) return new(id, found, false);
        Move(db, id, OutboxState.Delivered, "marked as sent by the operator");
        db.Add(Total.OutboundParked, -1);
        db.Add(Total.Delivered);
        return new Touched<OutboxState, OutboxRow>(id, found, true);
    });

    /// <summary>Parked and owed messages that shall never be sent: they count as rejected. The caller sees to it that none of them is being sent.</summary>
    public static IReadOnlyList<Touched<OutboxState, OutboxRow>> Drop(Session db, IReadOnlyList<long> ids) => Each(ids, id =>
    {
        var found = OutboxStateOf(db, id);
        if (found is not (OutboxState.Parked or OutboxState.Pending or OutboxState.Sending)) return new(id, found, false);
        Move(db, id, OutboxState.Rejected, Dropped);
        if (found == OutboxState.Parked) db.Add(Total.OutboundParked, -1);
        db.Add(Total.Rejected);
        return new Touched<OutboxState, OutboxRow>(id, found, true);
    });

    /// <summary>Parked messages get turns again, attempts counted anew. Replies they were given stay, and are not given twice.</summary>
    public static IReadOnlyList<Touched<InboxState, InboxRow>> Rerun(Session db, IReadOnlyList<long> ids) => Each(ids, id =>
    {
        var found = InboxStateOf(db, id);
        if (found != InboxState.Parked) return new(id, found, false);
        db.Execute("UPDATE inbox SET state = 0, attempt = 0, reason = NULL, ended_utc = NULL WHERE id = ?1", id);
        db.Add(Total.InboundParked, -1);
        return new Touched<InboxState, InboxRow>(id, found, true, InboxVerbs.Load(db, id));
    });

    /// <summary>Parked messages that nobody shall answer any more: they count as handled. Replies they were given stay owed.</summary>
    public static IReadOnlyList<Touched<InboxState, InboxRow>> DropInbox(Session db, IReadOnlyList<long> ids) => Each(ids, id =>
    {
        var found = InboxStateOf(db, id);
        if (found != InboxState.Parked) return new(id, found, false);
        db.Execute("UPDATE inbox SET state = 2, reason = CASE WHEN reason IS NULL THEN ?2 ELSE ?2 || ' (' || reason || ')' END, ended_utc = ?3 WHERE id = ?1", id, Dropped, db.Now);
        db.Add(Total.InboundParked, -1);
        db.Add(Total.Handled);
        return new Touched<InboxState, InboxRow>(id, found, true);
    });

    /// <summary>A portion of the parked messages that a filter means, and what became of each.</summary>
    public static TouchedPortion<TState, TRow> OfParked<TState, TRow>(ParkedPortion portion, Func<IReadOnlyList<long>, IReadOnlyList<Touched<TState, TRow>>> verb)
        where TState : struct, Enum
        where TRow : class => new(verb(portion.Ids), portion.Last);

    private static IReadOnlyList<T> Each<T>(IReadOnlyList<long> ids, Func<long, T> touch) => [.. ids.Distinct().Order().Select(touch)];

    private static OutboxState? OutboxStateOf(Session db, long id) => db.Scalar<long?>("SELECT state FROM outbox WHERE id = ?1", id) is { } state ? (OutboxState)state : null;

    private static InboxState? InboxStateOf(Session db, long id) => db.Scalar<long?>("SELECT state FROM inbox WHERE id = ?1", id) is { } state ? (InboxState)state : null;

    private static void Move(Session db, long id, OutboxState state, string why) =>
        db.Execute("UPDATE outbox SET state = ?2, error = CASE WHEN error IS NULL THEN ?3 ELSE ?3 || ' (' || error || ')' END, ended_utc = ?4 WHERE id = ?1", id, (int)state, why, db.Now);
}
