using Microsoft.Data.Sqlite;
using PluginGateway.Store;

namespace PluginGateway.Tests.Simulation;

/// <summary>A database in memory, which outlives the gateway's lives, and the questions the simulation asks it.</summary>
internal sealed class Ledger : IDisposable
{
    private readonly SqliteConnection _connection = new("Data Source=:memory:");
    private readonly Session _session;
    private readonly WorldClock _clock = new();

    public Ledger()
    {
        _connection.Open();
        foreach (var script in Migrations.Embedded.Scripts) Database.Execute(_connection, script);
        _session = new Session(_connection, _clock);
    }

    /// <summary>What the writer of each life uses. A life ends between two steps, so it never leaves a transaction open.</summary>
    public Session Session => _session;

    /// <summary>An empty database for another world.</summary>
    public void Clear(TimeProvider clock)
    {
        _clock.Current = clock;
        Database.Execute(_connection, "DELETE FROM generations; DELETE FROM adapter_state; DELETE FROM seen; DELETE FROM inbox; DELETE FROM outbox; DELETE FROM totals; DELETE FROM sqlite_sequence;");
    }

    public (long Id, int State, int Attempt, int Copies) Inbound(string adapterId, string eventId)
    {
        using var reader = _session.Query("SELECT max(id), max(state), max(attempt), count(*) FROM inbox WHERE adapter_id = ?1 AND event_id = ?2", adapterId, eventId);
        reader.Read();
        return reader.IsDBNull(0) ? default : (reader.GetInt64(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetInt32(3));
    }

    public (long Id, int State, int Generation, int Delivered, string Chat) Owed(string key)
    {
        using var reader = _session.Query("SELECT id, state, generation, delivered_length, chat FROM outbox WHERE key = ?1", key);
        return reader.Read() ? (reader.GetInt64(0), reader.GetInt32(1), reader.IsDBNull(2) ? 0 : reader.GetInt32(2), reader.GetInt32(3), reader.GetString(4)) : default;
    }

    public long OpenBefore(string conversation, long id) => _session.Scalar<long>("SELECT count(*) FROM inbox WHERE conversation = ?1 AND id < ?2 AND state < 2", conversation, id);

    public long OwedBefore(string chat, long id) => _session.Scalar<long>("SELECT count(*) FROM outbox WHERE chat = ?1 AND id < ?2 AND state < 2", chat, id);

    public long Open => _session.Scalar<long>("SELECT (SELECT count(*) FROM inbox WHERE state < 2) + (SELECT count(*) FROM outbox WHERE state < 2)");

    public long LastGeneration(string adapterId) => _session.Scalar<long>(
        "SELECT coalesce(max((SELECT max(generation) FROM inbox WHERE adapter_id = ?1), coalesce((SELECT max(generation) FROM outbox WHERE adapter_id = ?1), 0)), 0)", adapterId);

    public IReadOnlyList<(string Adapter, string Event, int State, long Replies)> Handled()
    {
        var rows = new List<(string, string, int, long)>();
        using var reader = _session.Query("SELECT adapter_id, event_id, state, (SELECT count(*) FROM outbox o WHERE o.inbox_id = i.id) FROM inbox i");
        while (reader.Read()) rows.Add((reader.GetString(0), reader.GetString(1), reader.GetInt32(2), reader.GetInt64(3)));
        return rows;
    }

    public IReadOnlyList<(string Key, string Adapter, int State)> Outbox()
    {
        var rows = new List<(string, string, int)>();
        using var reader = _session.Query("SELECT key, adapter_id, state FROM outbox");
        while (reader.Read()) rows.Add((reader.GetString(0), reader.GetString(1), reader.GetInt32(2)));
        return rows;
    }

    /// <summary>Every total against the rows it counts. Nothing is swept here, so they are all there.</summary>
    public string? Imbalance()
    {
        const string counts = """
            SELECT (SELECT count(*) FROM inbox), (SELECT count(*) FROM inbox WHERE state = 2), (SELECT count(*) FROM inbox WHERE state = 3),
              (SELECT count(*) FROM outbox), (SELECT count(*) FROM outbox WHERE state = 2), (SELECT count(*) FROM outbox WHERE state = 3), (SELECT count(*) FROM outbox WHERE state = 4)
            """;
        Total[] totals = [Total.Accepted, Total.Handled, Total.InboundParked, Total.Owed, Total.Delivered, Total.Rejected, Total.OutboundParked];
        var counted = new Dictionary<string, long>();
        using (var reader = _session.Query("SELECT name, value FROM totals"))
        {
            while (reader.Read()) counted[reader.GetString(0)] = reader.GetInt64(1);
        }

        using var rows = _session.Query(counts);
        rows.Read();
        for (var i = 0; i < totals.Length; i++)
        {
            if (counted.GetValueOrDefault(totals[i].ToString()) != rows.GetInt64(i)) return $"{totals[i]} is {counted.GetValueOrDefault(totals[i].ToString())}, but there are {rows.GetInt64(i)} rows";
        }

        return null;
    }

    public void Dispose() => _session.Dispose();

    private sealed class WorldClock : TimeProvider
    {
        public TimeProvider Current { get; set; } = System;

        public override DateTimeOffset GetUtcNow() => Current.GetUtcNow();
    }
}
