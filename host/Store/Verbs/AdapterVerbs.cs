using System.Security.Cryptography;
using System.Text;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Quota;

namespace PluginGateway.Store.Verbs;

/// <summary>The verbs about an adapter id: its key/value state and its generations.</summary>
internal static class AdapterVerbs
{
    /// <summary>Owner of the gateway's own state: no adapter id has a colon.</summary>
    private const string Gateway = ":gateway";

    /// <summary>Returns the database's secret; creates it at the first call.</summary>
    public static byte[] Secret(Session db)
    {
        const string key = "secret";
        if (GetState(db, Gateway, key) is { } known) return Convert.FromHexString(known);
        var made = RandomNumberGenerator.GetBytes(32);
        SetState(db, Gateway, key, Convert.ToHexString(made));
        return made;
    }

    public static string? GetState(Session db, string adapterId, string key) =>
        db.Scalar<string>("SELECT value FROM adapter_state WHERE adapter_id = ?1 AND key = ?2", adapterId, key);

    /// <summary>Sets a key of an adapter's state; null removes the key.</summary>
    public static StateWriteOutcome SetState(Session db, string adapterId, string key, string? value)
    {
        long? before = db.Scalar<object>(
            "SELECT length(CAST(value AS BLOB)) FROM adapter_state WHERE adapter_id = ?1 AND key = ?2", adapterId, key) is long bytes ? bytes : null;
        var keyBytes = Encoding.UTF8.GetByteCount(key);
        if (value is null)
        {
            if (before is null) return StateWriteOutcome.Written;
            db.Execute("DELETE FROM adapter_state WHERE adapter_id = ?1 AND key = ?2", adapterId, key);
            db.Usage.Add(adapterId, stateKeys: -1, stateBytes: -(keyBytes + before.Value));
            return StateWriteOutcome.Written;
        }

        var (keys, growth) = (before is null ? 1 : 0, Encoding.UTF8.GetByteCount(value) - before ?? Encoding.UTF8.GetByteCount(value) + keyBytes);
        var outcome = Judge(db, adapterId, keys, growth, before is null ? long.MaxValue : growth + before.Value);
        if (outcome is StateWriteOutcome.OverQuota or StateWriteOutcome.StoreFull) return outcome;
        db.Execute("INSERT INTO adapter_state VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = excluded.value", adapterId, key, value);
        db.Usage.Add(adapterId, stateKeys: keys, stateBytes: growth);
        return outcome;
    }

    /// <summary>Deletes some keys of an adapter. Returns their number; there may be more when it equals <paramref name="atMost"/>.</summary>
    public static int ForgetState(Session db, string adapterId, int atMost)
    {
        var gone = db.Scalar<long>(
            "SELECT sum(length(CAST(key AS BLOB)) + length(CAST(value AS BLOB))) FROM (SELECT key, value FROM adapter_state WHERE adapter_id = ?1 ORDER BY key LIMIT ?2)",
            adapterId, atMost);
        var keys = db.Execute(
            "DELETE FROM adapter_state WHERE adapter_id = ?1 AND key IN (SELECT key FROM adapter_state WHERE adapter_id = ?1 ORDER BY key LIMIT ?2)",
            adapterId, atMost);
        if (keys > 0) db.Usage.Add(adapterId, stateKeys: -keys, stateBytes: -gone);
        return keys;
    }

    public static bool SetGeneration(Session db, string adapterId, int generation)
    {
        db.Execute("INSERT INTO generations VALUES (?1, ?2) ON CONFLICT DO UPDATE SET last = max(last, excluded.last)", adapterId, generation);
        return true;
    }

    public static Dictionary<string, int> Generations(Session db)
    {
        var last = new Dictionary<string, int>(StringComparer.Ordinal);
        using var reader = db.Query("SELECT adapter_id, last FROM generations");
        while (reader.Read()) last[reader.GetString(0)] = reader.GetInt32(1);
        return last;
    }

    private static StateWriteOutcome Judge(Session db, string adapterId, int keys, long growth, long replacement)
    {
        var written = keys > 0 ? StateWriteOutcome.Added : StateWriteOutcome.Written;
        if (adapterId == Gateway || growth <= 0 || replacement <= StateQuota.SmallValue) return written;
        var used = db.Usage.Of(adapterId);
        if (used.StateKeys + keys > db.Quota.Keys || used.StateBytes + growth > db.Quota.Bytes) return StateWriteOutcome.OverQuota;
        return db.IsFull ? StateWriteOutcome.StoreFull : written;
    }
}
