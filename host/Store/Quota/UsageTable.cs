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

    private readonly Dictionary<string, AdapterUsage> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AdapterUsage> _before = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unwritten = new(StringComparer.Ordinal);
    private bool _isStateChanged;
    private bool _isWritten;
    private long _writtenUtc;

    public AdapterUsage Of(string adapterId)
    {
        if (_known.TryGetValue(adapterId, out var usage)) return usage;
        using (var rows = db.Query($"SELECT {Columns} FROM usage WHERE adapter_id = ?1", adapterId))
            usage = rows.Read() ? Row(rows) : new(adapterId, 0, 0, 0);
        return _known[adapterId] = usage;
    }

    public void Add(string adapterId, long seen = 0, long stateKeys = 0, long stateBytes = 0)
    {
        var usage = Of(adapterId);
        _before.TryAdd(adapterId, usage);
        _known[adapterId] =
            usage with { Seen = usage.Seen + seen, StateKeys = usage.StateKeys + stateKeys, StateBytes = usage.StateBytes + stateBytes };
        _unwritten.Add(adapterId);
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
        foreach (var id in _unwritten)
        {
            var usage = _known[id];
            db.Execute(
                "INSERT INTO usage VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET seen = excluded.seen, state_keys = excluded.state_keys, state_bytes = excluded.state_bytes",
                id, usage.Seen, usage.StateKeys, usage.StateBytes);
        }

        _isWritten = true;
    }

    /// <summary>Takes over the changes of a committed transaction.</summary>
    public void Committed()
    {
        _before.Clear();
        if (!_isWritten) return;
        _unwritten.Clear();
        (_isStateChanged, _isWritten, _writtenUtc) = (false, false, db.Now);
    }

    /// <summary>Drops the changes of a transaction that was undone.</summary>
    public void Undone()
    {
        foreach (var (id, usage) in _before) _known[id] = usage;
        _before.Clear();
        _isWritten = false;
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
}
