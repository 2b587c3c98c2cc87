using Microsoft.Data.Sqlite;
using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Quota;

/// <summary>Use of the store by one adapter id or handler: remembered event ids, and its state. Messages are counted by
/// <see cref="StoreCensus"/>.</summary>
internal sealed record AdapterUsage(string AdapterId, long Seen, long StateKeys, long StateBytes)
{
    /// <summary>Memory of sessions, of a handler.</summary>
    public MemoryUse Memory { get; init; }
}

/// <summary>Memory of the sessions of one handler.</summary>
/// <param name="Sessions">Sessions that have some.</param>
/// <param name="Bytes">Bytes of their keys and values.</param>
/// <param name="Forgotten">Sessions forgotten since the data directory was made because the handler had used its quota.</param>
internal readonly record struct MemoryUse(long Sessions, long Bytes, long Forgotten)
{
    public static MemoryUse operator +(MemoryUse left, MemoryUse right) =>
        new(left.Sessions + right.Sessions, left.Bytes + right.Bytes, left.Forgotten + right.Forgotten);
}

/// <summary>The table <c>usage</c> as of the open transaction: read when an adapter is first touched. State is written with the transaction that
/// changes it; added event ids alone once a second: a row more in each transaction costs a page more in each.</summary>
internal sealed class UsageTable(Session db)
{
    private const string Columns = "adapter_id, seen, state_keys, state_bytes, memory_sessions, memory_bytes, memory_forgotten";
    private const string WriteRow = $"""
        INSERT INTO usage ({Columns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET seen = excluded.seen,
          state_keys = excluded.state_keys, state_bytes = excluded.state_bytes, memory_sessions = excluded.memory_sessions,
          memory_bytes = excluded.memory_bytes, memory_forgotten = excluded.memory_forgotten
        """;

    private const long EveryMilliseconds = 1000;

    private readonly Dictionary<string, Entry> _known = new(StringComparer.Ordinal);

    /// <summary>Entries that the open transaction has changed.</summary>
    private readonly List<Entry> _changed = [];

    private readonly HashSet<Entry> _unwritten = [];
    private Entry? _last;
    private IReadOnlyDictionary<string, MemoryUse> _memory = new Dictionary<string, MemoryUse>();
    private bool _isStateChanged;
    private bool _isMemoryChanged;
    private bool _isWritten;
    private long _writtenUtc;

    /// <summary>Memory of each handler as of the last commit. Any thread.</summary>
    public IReadOnlyDictionary<string, MemoryUse> Memory => Volatile.Read(ref _memory);

    public AdapterUsage Of(string adapterId)
    {
        var now = Find(adapterId).Now;
        return new(adapterId, now.Seen, now.StateKeys, now.StateBytes) { Memory = now.Memory };
    }

    public void Add(string adapterId, long seen = 0, long stateKeys = 0, long stateBytes = 0) =>
        Add(adapterId, new Counts(seen, stateKeys, stateBytes, default), isState: stateKeys != 0 || stateBytes != 0);

    /// <summary>Adds to the memory of a handler.</summary>
    public void AddMemory(string handlerId, long sessions = 0, long bytes = 0, long forgotten = 0)
    {
        Add(handlerId, new Counts(0, 0, 0, new(sessions, bytes, forgotten)), isState: true);
        _isMemoryChanged = true;
    }

    private void Add(string adapterId, Counts more, bool isState)
    {
        var entry = Find(adapterId);
        if (!entry.IsChanged)
        {
            (entry.IsChanged, entry.Before) = (true, entry.Now);
            _changed.Add(entry);
            _unwritten.Add(entry);
        }

        entry.Now += more;
        _isStateChanged |= isState;
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
            var (now, memory) = (entry.Now, entry.Now.Memory);
            db.Execute(WriteRow, entry.AdapterId, now.Seen, now.StateKeys, now.StateBytes, memory.Sessions, memory.Bytes, memory.Forgotten);
        }

        _isWritten = true;
    }

    /// <summary>Takes over the changes of a committed transaction.</summary>
    public void Committed()
    {
        Forget();
        if (_isMemoryChanged) PublishMemory();
        if (!_isWritten) return;
        _unwritten.Clear();
        (_isStateChanged, _isWritten, _writtenUtc) = (false, false, db.Now);
    }

    /// <summary>Drops the changes of a transaction that was undone.</summary>
    public void Undone()
    {
        foreach (var entry in _changed) entry.Now = entry.Before;
        Forget();
        (_isWritten, _isMemoryChanged) = (false, false);
    }

    /// <summary>Reads the memory of all handlers, when the database has been opened.</summary>
    public void LoadMemory()
    {
        foreach (var usage in All().Where(static usage => usage.Memory != default)) Find(usage.AdapterId);
        PublishMemory();
    }

    private void PublishMemory()
    {
        Volatile.Write(ref _memory, _known.Values.Where(static entry => entry.Now.Memory != default)
            .ToDictionary(static entry => entry.AdapterId, static entry => entry.Now.Memory));
        _isMemoryChanged = false;
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
            if (rows.Read()) entry.Now = new(rows.GetInt64(1), rows.GetInt64(2), rows.GetInt64(3), MemoryIn(rows));
        }

        return _last = entry;
    }

    /// <summary>Counts anew, for a database whose rows did not come through the verbs.</summary>
    public static void Recount(SqliteConnection connection) => Database.Execute(connection, """
        DELETE FROM usage;
        INSERT INTO usage (adapter_id, seen, state_keys, state_bytes)
          SELECT adapter_id, sum(seen), sum(state_keys), sum(state_bytes) FROM (
            SELECT adapter_id, count(*) AS seen, 0 AS state_keys, 0 AS state_bytes FROM seen GROUP BY adapter_id
            UNION ALL SELECT adapter_id, 0, count(*), sum(octet_length(key) + octet_length(value)) FROM adapter_state GROUP BY adapter_id
          ) GROUP BY adapter_id;
        """);

    /// <summary>Counts the memory anew. Values without their session would never be forgotten.</summary>
    public static void RecountMemory(SqliteConnection connection) => Database.Execute(connection, """
        DELETE FROM memory WHERE NOT EXISTS (SELECT 1 FROM memory_sessions s WHERE s.handler_id = memory.handler_id AND s.session = memory.session);
        UPDATE memory_sessions SET bytes = coalesce(
          (SELECT sum(octet_length(key) + octet_length(value)) FROM memory m
            WHERE m.handler_id = memory_sessions.handler_id AND m.session = memory_sessions.session), 0);
        DELETE FROM memory_sessions WHERE bytes = 0;
        INSERT INTO usage (adapter_id, memory_sessions, memory_bytes) SELECT handler_id, count(*), sum(bytes) FROM memory_sessions WHERE true GROUP BY handler_id
          ON CONFLICT DO UPDATE SET memory_sessions = excluded.memory_sessions, memory_bytes = excluded.memory_bytes;
        """);

    private static AdapterUsage Row(Cursor r) => new(r.GetString(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3)) { Memory = MemoryIn(r) };

    private static MemoryUse MemoryIn(Cursor r) => new(r.GetInt64(4), r.GetInt64(5), r.GetInt64(6));

    private readonly record struct Counts(long Seen, long StateKeys, long StateBytes, MemoryUse Memory)
    {
        public static Counts operator +(Counts left, Counts right) => new(
            left.Seen + right.Seen, left.StateKeys + right.StateKeys, left.StateBytes + right.StateBytes, left.Memory + right.Memory);
    }

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
