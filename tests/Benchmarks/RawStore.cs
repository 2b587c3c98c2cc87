using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Store;

namespace PluginGateway.Benchmarks;

/// <summary>The same rows in the same tables under the same settings, written by the same prepared statements and nothing around them, on the thread that asks: what the disk and
/// SQLite allow. Nobody hands anything over and nobody is woken.</summary>
internal sealed class RawStore : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Statement _begin, _commit, _seen, _inbox, _total, _handle, _owe, _deliver;

    public RawStore(string path)
    {
        var options = new StoreOptions(path);
        _connection = Database.Open(options, Migrations.Embedded, NullLogger.Instance);
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _seen = Prepare("INSERT INTO seen VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
        _inbox = Prepare("INSERT INTO inbox (adapter_id, generation, event_id, conversation, payload, accepted_utc) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        _total = Prepare("INSERT INTO totals VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = value + excluded.value");
        _handle = Prepare("UPDATE inbox SET state = 2, ended_utc = ?2 WHERE id = ?1");
        _owe = Prepare("INSERT INTO outbox (key, inbox_id, adapter_id, chat, payload, owed_utc, due_utc) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)");
        _deliver = Prepare("UPDATE outbox SET state = 2, message_id = ?2, ended_utc = ?3 WHERE id = ?1");
    }

    /// <summary>One durable write of all of them.</summary>
    public long[] Accept(IReadOnlyList<InboundEntry> entries)
    {
        var now = Now;
        var ids = new long[entries.Count];
        _begin.Execute([]);
        for (var i = 0; i < ids.Length; i++)
        {
            var entry = entries[i];
            _seen.Execute([entry.AdapterId, entry.EventId, now]);
            ids[i] = Insert(_inbox, [entry.AdapterId, entry.Generation, entry.EventId, entry.Conversation, entry.Payload, now]);
        }

        Commit(Total.Accepted, ids.Length);
        return ids;
    }

    /// <summary>One durable write: the replies to all of them are owed, and they are handled.</summary>
    public long[] Answer(long[] inboxIds, string chat, byte[] payload)
    {
        var now = Now;
        var ids = new long[inboxIds.Length];
        _begin.Execute([]);
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = Insert(_owe, [$"raw.{inboxIds[i]}.0", inboxIds[i], "a", chat, payload, now]);
            _handle.Execute([inboxIds[i], now]);
        }

        Commit(Total.Owed, ids.Length);
        return ids;
    }

    /// <summary>One durable write: all of them are delivered.</summary>
    public void Deliver(long[] outboxIds)
    {
        var now = Now;
        _begin.Execute([]);
        foreach (var id in outboxIds) _deliver.Execute([id, "m", now]);
        Commit(Total.Delivered, outboxIds.Length);
    }

    public void Dispose()
    {
        foreach (var statement in (Statement[])[_begin, _commit, _seen, _inbox, _total, _handle, _owe, _deliver]) statement.Dispose();
        _connection.Dispose();
    }

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    private long Insert(Statement statement, ReadOnlySpan<object?> arguments)
    {
        statement.Execute(arguments);
        return SQLitePCL.raw.sqlite3_last_insert_rowid(_connection.Handle);
    }

    private void Commit(Total total, int count)
    {
        _total.Execute([total.ToString(), count]);
        _commit.Execute([]);
    }

    private Statement Prepare(string sql) => new(_connection.Handle!, sql);
}
