using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>The operator's verbs about messages that the gateway no longer moves by itself, a few statements for all of them. The totals are
/// adjusted: no message disappears from them.</summary>
internal static class OperatorVerbs
{
    public const string Dropped = "dropped by the operator";

    private const string Among = "id IN (SELECT value FROM json_each(?1))";

    private const string OutboxStates = $"SELECT id, state FROM outbox WHERE {Among}";

    private const string InboxStates = $"SELECT id, state FROM inbox WHERE {Among}";

    private const string Leads = $"SELECT turn FROM inbox WHERE {Among} AND turn IS NOT NULL";

    private const string Followers = "SELECT id FROM inbox WHERE turn < id AND turn IN (SELECT value FROM json_each(?1))";

    private const string Hurry = $"UPDATE outbox SET due_utc = ?2 WHERE {Among}";

    /// <summary>Statement that makes rows owed anew: their age counts from now. leased_utc: the time since which a row waits for its due
    /// time.</summary>
    private const string OweAgain = $"""
        UPDATE outbox SET state = {OutboxSql.Pending}, attempt = 0, owed_utc = ?2, due_utc = ?2, leased_utc = ?2, doubtful_utc = NULL,
          ended_utc = NULL
        WHERE {Among}
        """;

    private const string MoveOutbox = $"""
        UPDATE outbox SET state = ?2, error = CASE WHEN error IS NULL THEN ?3 ELSE ?3 || ' (' || error || ')' END, ended_utc = ?4
        WHERE {Among}
        """;

    private const string RunAgain = $"UPDATE inbox SET state = {InboxSql.Pending}, attempt = 0, reason = NULL, ended_utc = NULL WHERE {Among}";

    private const string MoveInbox = $"""
        UPDATE inbox SET state = {InboxSql.Dropped}, reason = CASE WHEN reason IS NULL THEN ?2 ELSE ?2 || ' (' || reason || ')' END, ended_utc = ?3
        WHERE {Among}
        """;

    /// <summary>Makes parked, rejected and withdrawn messages owed again, in the order of their ids, attempts counted anew, and pending ones due now. The part
    /// of a text that has arrived is not sent twice.</summary>
    public static IReadOnlyList<RowChange<OutboxState, OutboxRow>> Resend(Session db, IReadOnlyList<long> ids)
    {
        var found = Found<OutboxState>(db, OutboxStates, ids);
        var pending = Those(found, OutboxState.Pending);
        var ended = Those(found, OutboxState.Parked, OutboxState.Rejected, OutboxState.Withdrawn);
        if (pending.Length > 0) db.Execute(Hurry, MessageIds.ListOf(pending), db.Now);
        if (ended.Length > 0) db.Execute(OweAgain, MessageIds.ListOf(ended), db.Now);
        db.Add(Total.OutboundParked, -Count(found, OutboxState.Parked));
        db.Add(Total.Rejected, -Count(found, OutboxState.Rejected));
        db.Add(Total.Withdrawn, -Count(found, OutboxState.Withdrawn));
        var rows = OutboxVerbs.Load(db, MessageIds.ListOf([.. pending, .. ended]), pending.Length + ended.Length);
        return Touch(
            found, rows, static row => row.Id, OutboxState.Pending, OutboxState.Parked, OutboxState.Rejected, OutboxState.Withdrawn);
    }

    /// <summary>Marks parked messages as delivered, because the operator knows that they have arrived.</summary>
    public static IReadOnlyList<RowChange<OutboxState, OutboxRow>> MarkSent(Session db, IReadOnlyList<long> ids)
    {
        var found = Found<OutboxState>(db, OutboxStates, ids);
        var parked = Those(found, OutboxState.Parked);
        if (parked.Length > 0) db.Execute(MoveOutbox, MessageIds.ListOf(parked), (int)OutboxState.Delivered, "marked as sent by the operator", db.Now);
        db.Add(Total.OutboundParked, -parked.Length);
        db.Add(Total.Delivered, parked.Length);
        db.DeliveredSinceIndexed += parked.Length;
        return Touch<OutboxState, OutboxRow>(found, OutboxState.Parked);
    }

    /// <summary>Withdraws parked and owed messages, which are not sent then. The caller ensures that none of them is being
    /// sent.</summary>
    public static IReadOnlyList<RowChange<OutboxState, OutboxRow>> Drop(Session db, IReadOnlyList<long> ids)
    {
        var found = Found<OutboxState>(db, OutboxStates, ids);
        var dropped = Those(found, OutboxState.Parked, OutboxState.Pending, OutboxState.Sending);
        if (dropped.Length > 0) db.Execute(MoveOutbox, MessageIds.ListOf(dropped), (int)OutboxState.Withdrawn, Dropped, db.Now);
        db.Add(Total.OutboundParked, -Count(found, OutboxState.Parked));
        db.Add(Total.Withdrawn, dropped.Length);
        return Touch<OutboxState, OutboxRow>(found, OutboxState.Parked, OutboxState.Pending, OutboxState.Sending);
    }

    /// <summary>Makes parked and dropped messages pending again, with all of their turns, attempts counted anew. Their replies stay, and are not given
    /// twice.</summary>
    public static IReadOnlyList<RowChange<InboxState, InboxRow>> Rerun(Session db, IReadOnlyList<long> ids)
    {
        var found = Found<InboxState>(db, InboxStates, WholeTurns(db, ids));
        var ended = Those(found, InboxState.Parked, InboxState.Dropped);
        if (ended.Length > 0) db.Execute(RunAgain, MessageIds.ListOf(ended));
        db.Waiting.Unload();
        db.Add(Total.InboundParked, -Count(found, InboxState.Parked));
        db.Add(Total.Dropped, -Count(found, InboxState.Dropped));
        return Touch(found, InboxVerbs.Load(db, MessageIds.ListOf(ended)), static row => row.Id, InboxState.Parked, InboxState.Dropped);
    }

    /// <summary>Drops parked and pending messages, with all of their turns: they get no turn. Their replies stay owed. A turn that begins after this
    /// finds its messages settled.</summary>
    public static IReadOnlyList<RowChange<InboxState, InboxRow>> DropInbox(Session db, IReadOnlyList<long> ids)
    {
        var found = Found<InboxState>(db, InboxStates, WholeTurns(db, ids));
        var dropped = Those(found, InboxState.Parked, InboxState.Pending);
        if (dropped.Length > 0) db.Execute(MoveInbox, MessageIds.ListOf(dropped), Dropped, db.Now);
        foreach (var id in dropped) db.Waiting.Remove(id);
        db.Add(Total.InboundParked, -Count(found, InboxState.Parked));
        db.Add(Total.Dropped, dropped.Length);
        return Touch<InboxState, InboxRow>(found, InboxState.Parked, InboxState.Pending);
    }

    /// <summary>Applies a verb to a portion of parked messages.</summary>
    public static RowChanges<TState, TRow> OfParked<TState, TRow>(
        ParkedPortion portion, Func<IReadOnlyList<long>, IReadOnlyList<RowChange<TState, TRow>>> verb)
        where TState : struct, Enum
        where TRow : class => new(verb(portion.Ids), portion.Last);

    /// <summary>Returns the ids with those of every message of their turns: a turn is moved as a whole.</summary>
    private static IReadOnlyList<long> WholeTurns(Session db, IReadOnlyList<long> ids)
    {
        var leads = Ids(db, Leads, ids);
        return leads.Count == 0 ? ids : [.. ids, .. leads, .. Ids(db, Followers, leads)];
    }

    private static List<long> Ids(Session db, string sql, IReadOnlyList<long> of)
    {
        var found = new List<long>();
        using var rows = db.Query(sql, MessageIds.ListOf(of));
        while (rows.Read()) found.Add(rows.GetInt64(0));
        return found;
    }

    /// <summary>Returns each id once, in order, with the state in which it was found; null when there is no such row.</summary>
    private static SortedDictionary<long, TState?> Found<TState>(Session db, string sql, IReadOnlyList<long> ids)
        where TState : struct, Enum
    {
        var found = new SortedDictionary<long, TState?>();
        foreach (var id in ids) found[id] = null;
        using var rows = db.Query(sql, MessageIds.ListOf([.. found.Keys]));
        while (rows.Read()) found[rows.GetInt64(0)] = (TState)(object)rows.GetInt32(1);
        return found;
    }

    private static long[] Those<TState>(SortedDictionary<long, TState?> found, params TState[] states)
        where TState : struct, Enum => [.. found.Where(one => one.Value is { } state && states.Contains(state)).Select(static one => one.Key)];

    private static int Count<TState>(SortedDictionary<long, TState?> found, TState state)
        where TState : struct, Enum => found.Values.Count(each => each is { } known && EqualityComparer<TState>.Default.Equals(known, state));

    private static IReadOnlyList<RowChange<TState, TRow>> Touch<TState, TRow>(SortedDictionary<long, TState?> found, params TState[] states)
        where TState : struct, Enum
        where TRow : class => Touch<TState, TRow>(found, [], static _ => 0, states);

    private static IReadOnlyList<RowChange<TState, TRow>> Touch<TState, TRow>(
        SortedDictionary<long, TState?> found, IReadOnlyList<TRow> rows, Func<TRow, long> idOf, params TState[] states)
        where TState : struct, Enum
        where TRow : class
    {
        var byId = rows.ToDictionary(idOf);
        return [.. found.Select(one => new RowChange<TState, TRow>(one.Key, one.Value, one.Value is { } state && states.Contains(state),
            byId.GetValueOrDefault(one.Key)))];
    }
}
