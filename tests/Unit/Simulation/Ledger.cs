using Microsoft.Data.Sqlite;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using SQLitePCL;

namespace PluginGateway.Tests.Simulation;

/// <summary>A database in memory, which outlives the gateway's lives, and the questions the simulation asks it.</summary>
internal sealed class Ledger : IDisposable
{
    private readonly SqliteConnection _connection = new("Data Source=:memory:");
    private readonly Session _session;
    private readonly WorldClock _clock = new();
    private int _changes;

    public Ledger()
    {
        _connection.Open();
        SchemaFunctions.Register(_connection);
        Migrations.Embedded.Create(_connection, Migrations.Embedded.Current);
        _session = new Session(_connection, _clock);
    }

    /// <summary>What the writer of each life uses. A life ends between two steps, so it never leaves a transaction open.</summary>
    public Session Session => _session;

    /// <summary>An empty database for another world.</summary>
    public void Clear(TimeProvider clock)
    {
        _clock.Current = clock;
        Database.Execute(_connection, "DELETE FROM generations; DELETE FROM adapter_state; DELETE FROM seen; DELETE FROM usage; DELETE FROM inbox; DELETE FROM outbox; DELETE FROM media; DELETE FROM memory; DELETE FROM memory_sessions; DELETE FROM sessions; DELETE FROM turn_notes; DELETE FROM totals; DELETE FROM sqlite_sequence;");
    }

    public (long Id, int State, int Attempt, int Copies) Inbound(string adapterId, string eventId)
    {
        using var reader = _session.Query(
            "SELECT max(id), max(state), max(attempt), count(*) FROM inbox WHERE adapter_id = ?1 AND event_id = ?2", adapterId, eventId);
        reader.Read();
        return reader.IsDBNull(0) ? default : (reader.GetInt64(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetInt32(3));
    }

    public (long Id, int State, int Generation, int Delivered, string Chat) Owed(string key)
    {
        using var reader = _session.Query("SELECT id, state, generation, delivered_length, chat FROM outbox WHERE key = ?1", key);
        return reader.Read()
            ? (reader.GetInt64(0), reader.GetInt32(1), reader.IsDBNull(2) ? 0 : reader.GetInt32(2), reader.GetInt32(3), reader.GetString(4))
            : default;
    }

    public string? State(string adapterId, string key) =>
        _session.Scalar<string>("SELECT value FROM adapter_state WHERE adapter_id = ?1 AND key = ?2", adapterId, key);

    /// <summary>Returns the number of open messages of a session before a message of it.</summary>
    public long OpenBefore(long id) => _session.Scalar<long>(
        $"SELECT count(*) FROM inbox i WHERE id < ?1 AND state < 2 AND {SessionOf("i")} = (SELECT {SessionOf("m")} FROM inbox m WHERE id = ?1)", id);

    /// <summary>Returns the key of the session of a message.</summary>
    public string SessionOf(long id) => _session.Scalar<string>($"SELECT {SessionOf("i")} FROM inbox i WHERE id = ?1", id) ?? "";

    /// <summary>Returns the number of open replies of a session before a reply of it.</summary>
    public long OwedBefore(string chat, long id) => _session.Scalar<long>(
        $"""
        SELECT count(*) FROM outbox o JOIN inbox i ON i.id = o.inbox_id, outbox t JOIN inbox m ON m.id = t.inbox_id
        WHERE t.id = ?2 AND o.chat = ?1 AND o.id < ?2 AND o.state < 2 AND {SessionOf("i")} = {SessionOf("m")}
        """, chat, id);

    /// <summary>Returns what the handler has kept in a session; null: nothing.</summary>
    public string? Memory(string handlerId, string session) => _session.Scalar<string>(
        "SELECT CAST(value AS TEXT) FROM memory WHERE handler_id = ?1 AND session = ?2 AND key = 'last'", handlerId, session);

    public long ActionsDelivered(string adapterId) =>
        _session.Scalar<long>("SELECT count(*) FROM outbox WHERE kind > 0 AND state = 2 AND adapter_id = ?1", adapterId);

    /// <summary>Edits, deletions and reactions that ended as none may: in doubt, or without the id of a message that arrived.</summary>
    public long ActionsAmiss => _session.Scalar<long>(
        "SELECT count(*) FROM outbox WHERE kind > 0 AND (error LIKE 'It may have arrived%' OR error LIKE 'The platform has given no id%')");

    public long Open => _session.Scalar<long>("SELECT (SELECT count(*) FROM inbox WHERE state < 2) + (SELECT count(*) FROM outbox WHERE state < 2)");

    public long LastGeneration(string adapterId) => _session.Scalar<long>(
        "SELECT coalesce(max((SELECT max(generation) FROM inbox WHERE adapter_id = ?1), coalesce((SELECT max(generation) FROM outbox WHERE adapter_id = ?1), 0)), 0)",
        adapterId);

    /// <summary>Returns every message, in the order of acceptance.</summary>
    public IReadOnlyList<AcceptedRow> Accepted()
    {
        var rows = new List<AcceptedRow>();
        using var reader = _session.Query(
            $"SELECT id, adapter_id, event_id, state, {SessionOf("i")}, turn, (SELECT count(*) FROM outbox o WHERE o.inbox_id = i.id) FROM inbox i ORDER BY id");
        while (reader.Read())
            rows.Add(new(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3), reader.GetString(4),
                reader.IsDBNull(5) ? null : reader.GetInt64(5), reader.GetInt64(6)));
        return rows;
    }

    public IReadOnlyList<(string Key, string Adapter, int State)> Outbox()
    {
        var rows = new List<(string, string, int)>();
        using var reader = _session.Query("SELECT key, adapter_id, state FROM outbox WHERE kind = 0");
        while (reader.Read()) rows.Add((reader.GetString(0), reader.GetString(1), reader.GetInt32(2)));
        return rows;
    }

    /// <summary>Every total against the rows it counts, if anything was written since the last look. Nothing is swept here, so they are all
    /// there.</summary>
    public string? Imbalance()
    {
        var changes = raw.sqlite3_total_changes(_connection.Handle);
        if (changes == _changes) return null;
        _changes = changes;
        var totals = Numbers("SELECT name, value FROM totals");
        var inbox = Numbers("SELECT CAST(state AS TEXT), count(*) FROM inbox GROUP BY state");
        var outbox = Numbers("SELECT CAST(state AS TEXT), count(*) FROM outbox GROUP BY state");
        (Total Total, long Rows)[] counted =
        [
            (Total.Accepted, inbox.Values.Sum()), (Total.Handled, inbox.GetValueOrDefault("2")), (Total.InboundParked, inbox.GetValueOrDefault("3")),
            (Total.Dropped, inbox.GetValueOrDefault("4")), (Total.Withdrawn, outbox.GetValueOrDefault("5")),
            (Total.Owed, outbox.Values.Sum()), (Total.Delivered, outbox.GetValueOrDefault("2")), (Total.Rejected, outbox.GetValueOrDefault("3")),
            (Total.OutboundParked, outbox.GetValueOrDefault("4")),
        ];
        foreach (var (total, rows) in counted)
        {
            if (totals.GetValueOrDefault(total.ToString()) != rows)
                return $"{total} is {totals.GetValueOrDefault(total.ToString())}, but there are {rows} rows";
        }

        return null;
    }

    private static string SessionOf(string alias) => $"coalesce({alias}.session, {alias}.conversation)";

    private Dictionary<string, long> Numbers(string sql)
    {
        var numbers = new Dictionary<string, long>();
        using var reader = _session.Query(sql);
        while (reader.Read()) numbers[reader.GetString(0)] = reader.GetInt64(1);
        return numbers;
    }

    public void Dispose() => _session.Dispose();

    private sealed class WorldClock : TimeProvider
    {
        public TimeProvider Current { get; set; } = System;

        public override DateTimeOffset GetUtcNow() => Current.GetUtcNow();

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        /// <summary>The steady clock of the world, not of this machine: the session, which lives through all worlds, counts by it.</summary>
        public override long GetTimestamp() => Current.GetUtcNow().UtcTicks;
    }
}

/// <summary>A message as the store has it. <paramref name="Turn"/>: the first message of its turn; null: the turn has not begun.</summary>
internal sealed record AcceptedRow(long Id, string Adapter, string Event, int State, string Session, long? Turn, long Replies);
