using System.Globalization;
using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>The verbs of turns, each in the writer's open transaction. A turn is named by its first message.</summary>
internal static class TurnVerbs
{
    /// <summary>Largest number of replies and actions of former attempts that an attempt is told of.</summary>
    public const int MostEarlier = 64;

    /// <summary>Largest number of bytes of their messages that are read; those beyond are told of without their texts.</summary>
    public const int MostEarlierBytes = 256 * 1024;

    /// <summary>Rows with the keys of a turn's own replies: their prefix ends in a dot, and the slash is the character behind it.</summary>
    private const string EarlierRows = "SELECT id, key, kind, state, octet_length(payload), payload FROM outbox WHERE key > ?1 || '.' AND key < ?1 || '/' LIMIT ?2";

    /// <summary>Key of the note about the message that has superseded a turn; those of handlers have a character at least.</summary>
    private const string SupersededBy = "";

    private const string PutNote = $"""
        INSERT INTO turn_notes SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM inbox WHERE id = ?1 AND {RowSql.Open})
        ON CONFLICT DO UPDATE SET value = excluded.value
        """;

    /// <summary>Begins an attempt, and reads what it may use.</summary>
    /// <param name="db">The transaction.</param>
    /// <param name="turn">The messages of the turn.</param>
    /// <param name="attempt">The attempt's number.</param>
    /// <param name="owner">The session.</param>
    /// <param name="isFirst">True: the turn has not begun before, so it has no notes and replies.</param>
    public static TurnBegin Begin(Session db, TurnMembers turn, int attempt, MemoryOwner owner, bool isFirst = false)
    {
        var begin = InboxVerbs.Begin(db, turn, attempt, owner.Session);
        if (!begin.IsBegun) return begin;
        begin = begin with { Memory = MemoryVerbs.Begin(db, owner, turn.Lead) };
        if (isFirst) return begin;
        var notes = Notes(db, turn.Lead);
        var supersededBy = notes.Remove(SupersededBy, out var by) ? by : null;
        return begin with { Earlier = Earlier(db, TurnIds.Of(db.DatabaseId, turn.Lead, supersededBy)), Notes = notes, SupersededBy = supersededBy };
    }

    /// <summary>Ends a turn: its last reply, the changes of the memory and the end itself.</summary>
    public static EndedTurn End(Session db, TurnEnd end)
    {
        if (end.Ledger.HasLost) db.Fail(StoreFailure.ReplyLost);
        if ((end.Last is not null || end.Changes is not null) && !InboxVerbs.IsOpen(db, end.Turn.Lead)) return default;
        var last = end.Last is { } entry ? OutboxVerbs.Enqueue(db, entry) : default;
        if (end.Changes is { } changes) MemoryVerbs.Apply(db, end.Turn.Lead, changes);
        if (db.MayHaveNotes) db.Execute("DELETE FROM turn_notes WHERE turn = ?1", end.Turn.Lead);
        return new(InboxVerbs.End(db, end.Turn), last);
    }

    /// <summary>Stores a note of an open turn. False: the turn has ended.</summary>
    public static bool Note(Session db, long turn, string key, string value)
    {
        db.MayHaveNotes = true;
        return db.Execute(PutNote, turn, key, value) == 1;
    }

    /// <summary>Begins a new turn under the number of a superseded one: its id is another, and so are the keys of its replies.</summary>
    public static void NoteSuperseded(Session db, long turn, long by)
    {
        db.Execute("DELETE FROM turn_notes WHERE turn = ?1", turn);
        Note(db, turn, SupersededBy, by.ToString(CultureInfo.InvariantCulture));
    }

    private static List<EarlierRow> Earlier(Session db, string prefix)
    {
        var (found, bytes) = (new List<EarlierRow>(), 0L);
        using (var rows = db.Query(EarlierRows, prefix, MostEarlier))
        {
            while (rows.Read())
            {
                if (!int.TryParse(rows.GetString(1).AsSpan(prefix.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal))
                    continue;
                bytes += rows.GetInt64(4);
                found.Add(new(ordinal, rows.GetInt64(0), (OwedKind)rows.GetInt32(2), (OutboxState)rows.GetInt32(3),
                    bytes <= MostEarlierBytes ? rows.GetBytes(5) : null));
            }
        }

        found.Sort(static (left, right) => left.Ordinal.CompareTo(right.Ordinal));
        return found;
    }

    private static Dictionary<string, string> Notes(Session db, long turn)
    {
        var notes = new Dictionary<string, string>(StringComparer.Ordinal);
        using var rows = db.Query("SELECT key, value FROM turn_notes WHERE turn = ?1", turn);
        while (rows.Read()) notes.Add(rows.GetString(0), rows.GetString(1));
        return notes;
    }
}
