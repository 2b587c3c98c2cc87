using Microsoft.Data.Sqlite;
using PluginGateway.Store;

namespace PluginGateway.Benchmarks;

/// <summary>The same rows in the same tables under the same settings, written by prepared statements and nothing around them: what the disk and SQLite allow.</summary>
internal sealed class RawStore : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _begin, _commit, _seen, _inbox, _total, _handle, _owe, _deliver;

    public RawStore(string path)
    {
        MessageStore.Open(new StoreOptions(path), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance).Close(TimeSpan.FromSeconds(30));
        _connection = new SqliteConnection(Database.ConnectionString(path));
        _connection.Open();
        Database.Execute(_connection, "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=1000; PRAGMA journal_size_limit=16777216;");
        _begin = Prepare("BEGIN IMMEDIATE", 0);
        _commit = Prepare("COMMIT", 0);
        _seen = Prepare("INSERT INTO seen VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING", 3);
        _inbox = Prepare("INSERT INTO inbox (adapter_id, generation, event_id, conversation, payload, accepted_utc) VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id", 6);
        _total = Prepare("INSERT INTO totals VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = value + excluded.value", 2);
        _handle = Prepare("UPDATE inbox SET state = 2, ended_utc = ?2 WHERE id = ?1", 2);
        _owe = Prepare("INSERT INTO outbox (key, inbox_id, adapter_id, chat, payload, owed_utc, due_utc) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) RETURNING id", 6);
        _deliver = Prepare("UPDATE outbox SET state = 2, message_id = ?2, ended_utc = ?3 WHERE id = ?1", 3);
    }

    /// <summary>One durable write of all of them.</summary>
    public long[] Accept(IReadOnlyList<InboundEntry> entries)
    {
        var now = Now;
        var ids = new long[entries.Count];
        _begin.ExecuteNonQuery();
        for (var i = 0; i < ids.Length; i++)
        {
            var entry = entries[i];
            Bind(_seen, entry.AdapterId, entry.EventId!, now).ExecuteNonQuery();
            ids[i] = (long)Bind(_inbox, entry.AdapterId, entry.Generation, entry.EventId!, entry.Conversation, entry.Payload, now).ExecuteScalar()!;
        }

        Commit(Total.Accepted, ids.Length);
        return ids;
    }

    /// <summary>One durable write: the replies to all of them are owed, and they are handled.</summary>
    public long[] Answer(long[] inboxIds, string chat, byte[] payload)
    {
        var now = Now;
        var ids = new long[inboxIds.Length];
        _begin.ExecuteNonQuery();
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = (long)Bind(_owe, $"raw.{inboxIds[i]}.0", inboxIds[i], "a", chat, payload, now).ExecuteScalar()!;
            Bind(_handle, inboxIds[i], now).ExecuteNonQuery();
        }

        Commit(Total.Owed, ids.Length);
        return ids;
    }

    /// <summary>One durable write: all of them are delivered.</summary>
    public void Deliver(long[] outboxIds)
    {
        var now = Now;
        _begin.ExecuteNonQuery();
        foreach (var id in outboxIds) Bind(_deliver, id, "m", now).ExecuteNonQuery();
        Commit(Total.Delivered, outboxIds.Length);
    }

    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])[_begin, _commit, _seen, _inbox, _total, _handle, _owe, _deliver]) command.Dispose();
        _connection.Dispose();
    }

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    private void Commit(Total total, int count)
    {
        Bind(_total, total.ToString(), count).ExecuteNonQuery();
        _commit.ExecuteNonQuery();
    }

    private SqliteCommand Prepare(string sql, int parameters)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Constants.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 1; i <= parameters; i++) command.Parameters.Add(new SqliteParameter { ParameterName = $"?{i}" });
        return command;
    }

    private static SqliteCommand Bind(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        return command;
    }
}
