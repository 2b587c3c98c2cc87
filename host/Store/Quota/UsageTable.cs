using Microsoft.Data.Sqlite;
using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Quota;

/// <summary>Use of the store by one adapter id: remembered event ids, and its state. Messages are counted by <see cref="StoreCensus"/>.</summary>
internal sealed record AdapterUsage(string AdapterId, long Seen, long StateKeys, long StateBytes);

/// <summary>The table <c>usage</c> as of the open transaction: read when an adapter is first touched. State is written with the transaction that
/// changes it; added event ids alone once a second: a row more in each transaction costs a page more in each.</summary>
internal sealed class UsageTable(Session db)
{
    private const string Columns = "adapter_id, seen, state_keys, state_bytes";
    private const long EveryMilliseconds = 1000;

    private readonly Dictionary<string, Entry> _known = new(StringComparer.Ordinal);

    /// <summary>Entries that the open transaction has changed.</summary>
    private readonly List<Entry> _changed = [];

    private readonly HashSet<Entry> _unwritten = [];
    private Entry? _last;
    private bool _isStateChanged;
    private bool _isWritten;
    private long _writtenUtc;

    public AdapterUsage Of(string adapterId)
    {
        var now = Find(adapterId).Now;
        return new(adapterId, now.Seen, now.StateKeys, now.StateBytes);
    }

    public void Add(string adapterId, long seen = 0, long stateKeys = 0, long stateBytes = 0)
    {
        var entry = Find(adapterId);
        if (!entry.IsChanged)
        {
            (entry.IsChanged, entry.Before) = (true, entry.Now);
            _changed.Add(entry);
            _unwritten.Add(entry);
        }

        entry.Now = new(entry.Now.Seen + seen, entry.Now.StateKeys + stateKeys, entry.Now.StateBytes + stateBytes);
        _isStateChanged |= stateKeys != 0 || stateBytes != 0;
        _isWritten = false;
    }

    public IReadOnlyList<AdapterUsage> All()
    {
        Write();
        var all = new List<AdapterUsage>();
        using var rows = db.Query($"SELECT {Columns} FROM usage");
        while (rows.Read()) all.Add(Row(rows));
        return all;
    }

    /// <summary>Writes changed rows with the transaction: at once when state has changed, else once a second.</summary>
    public void WriteIfDue()
    {
        if (_isStateChanged || (_unwritten.Count > 0 && db.Now - _writtenUtc >= EveryMilliseconds)) Write();
    }

    public void Write()
    {
        foreach (var entry in _unwritten)
        {
            db.Execute(
                "INSERT INTO usage VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET seen = excluded.seen, state_keys = excluded.state_keys, state_bytes = excluded.state_bytes",
                entry.AdapterId, entry.Now.Seen, entry.Now.StateKeys, entry.Now.StateBytes);
        }

        _isWritten = true;
    }

    /// <summary>Takes over the changes of a committed transaction.</summary>
    public void Committed()
    {
        Forget();
        if (!_isWritten) return;
        _unwritten.Clear();
        (_isStateChanged, _isWritten, _writtenUtc) = (false, false, db.Now);
    }

    /// <summary>Drops the changes of a transaction that was undone.</summary>
    public void Undone()
    {
        foreach (var entry in _changed) entry.Now = entry.Before;
        Forget();
        _isWritten = false;
    }

    private void Forget()
    {
        foreach (var entry in _changed) entry.IsChanged = false;
        _changed.Clear();
    }

    /// <summary>Finds the entry: once for each message, which mostly is of the same adapter as the one before.</summary>
    private Entry Find(string adapterId)
    {
        if (_last is { } last && ReferenceEquals(last.AdapterId, adapterId)) return last;
        if (!_known.TryGetValue(adapterId, out var entry))
        {
            using var rows = db.Query($"SELECT {Columns} FROM usage WHERE adapter_id = ?1", adapterId);
            _known.Add(adapterId, entry = new Entry(adapterId));
            if (rows.Read()) entry.Now = new(rows.GetInt64(1), rows.GetInt64(2), rows.GetInt64(3));
        }

        return _last = entry;
    }

    /// <summary>Counts anew, for a database whose rows did not come through the verbs.</summary>
    public static void Recount(SqliteConnection connection) => Database.Execute(connection, """
        DELETE FROM usage;
        INSERT INTO usage (adapter_id, seen, state_keys, state_bytes)
          SELECT adapter_id, sum(seen), sum(state_keys), sum(state_bytes) FROM (
            SELECT adapter_id, count(*) AS seen, 0 AS state_keys, 0 AS state_bytes FROM seen GROUP BY adapter_id
            UNION ALL SELECT adapter_id, 0, count(*), sum(length(CAST(key AS BLOB)) + length(CAST(value AS BLOB))) FROM adapter_state GROUP BY adapter_id
          ) GROUP BY adapter_id;
        """);

    private static AdapterUsage Row(Cursor r) => new(r.GetString(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3));

    private readonly record struct Counts(long Seen, long StateKeys, long StateBytes);

    private sealed class Entry(string adapterId)
    {
        public string AdapterId { get; } = adapterId;

        /// <summary>Counts with the changes of the open transaction.</summary>
        public Counts Now { get; set; }

        /// <summary>Counts before the open transaction; without meaning unless it has changed them.</summary>
        public Counts Before { get; set; }

        public bool IsChanged { get; set; }
    }
}
