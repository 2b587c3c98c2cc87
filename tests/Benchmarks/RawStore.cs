using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Store;
using PluginGateway.Store.Engine;

namespace PluginGateway.Benchmarks;

/// <summary>The same rows in the same tables under the same settings, written by the same prepared statements and nothing around them, on the thread
/// that asks: what the disk and SQLite allow. Nobody hands anything over and nobody is woken.</summary>
internal sealed class RawStore : IDisposable
{
    private const string Seen = "INSERT INTO seen VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    private const string Inbox =
        "INSERT INTO inbox (adapter_id, generation, event_id, conversation, payload, accepted_utc) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    private const string AddTotal = "INSERT INTO totals VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = value + excluded.value";
    private const string Handle = "UPDATE inbox SET state = 2, ended_utc = ?2 WHERE id = ?1";
    private const string Owe = "INSERT INTO outbox (key, inbox_id, adapter_id, chat, payload, owed_utc, due_utc) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)";
    private const string Settle = "UPDATE outbox SET state = 2, message_id = ?2, ended_utc = ?3 WHERE id = ?1";

    private readonly Session _db;

    public RawStore(string path) =>
        _db = new Session(Database.Open(new StoreOptions(path), Migrations.Embedded, NullLogger.Instance), TimeProvider.System);

    /// <summary>One durable write of all of them.</summary>
    public long[] Accept(IReadOnlyList<InboundEntry> entries)
    {
        var now = Now;
        var ids = new long[entries.Count];
        _db.Execute("BEGIN IMMEDIATE");
        for (var i = 0; i < ids.Length; i++)
        {
            var entry = entries[i];
            _db.Execute(Seen, entry.AdapterId, entry.EventKey, now);
            ids[i] = _db.Insert(Inbox, entry.AdapterId, entry.Generation, entry.EventId, entry.Conversation, entry.Payload, now);
        }

        Commit(Total.Accepted, ids.Length);
        return ids;
    }

    /// <summary>One durable write: the replies to all of them are owed, and they are handled.</summary>
    public long[] Answer(long[] inboxIds, string chat, byte[] payload)
    {
        var now = Now;
        var ids = new long[inboxIds.Length];
        _db.Execute("BEGIN IMMEDIATE");
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = _db.Insert(Owe, $"raw.{inboxIds[i]}.0", inboxIds[i], "a", chat, payload, now);
            _db.Execute(Handle, inboxIds[i], now);
        }

        Commit(Total.Owed, ids.Length);
        return ids;
    }

    /// <summary>One durable write: all of them are delivered.</summary>
    public void Deliver(long[] outboxIds)
    {
        var now = Now;
        _db.Execute("BEGIN IMMEDIATE");
        foreach (var id in outboxIds) _db.Execute(Settle, id, "m", now);
        Commit(Total.Delivered, outboxIds.Length);
    }

    public void Dispose() => _db.Dispose();

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    private void Commit(Total total, int count)
    {
        _db.Execute(AddTotal, total.ToString(), count);
        _db.Execute("COMMIT");
        _db.ThrowIfFailed();
    }
}
