using System.Security.Cryptography;

namespace PluginGateway.Store;

/// <summary>The verbs about an adapter id: its key/value state and its generations.</summary>
internal static class AdapterVerbs
{
    /// <summary>No adapter id has a colon.</summary>
    private const string Gateway = ":gateway";

    /// <summary>The database's secret, made when it is first asked for.</summary>
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

    public static bool SetState(Session db, string adapterId, string key, string? value)
    {
        if (value is null) db.Execute("DELETE FROM adapter_state WHERE adapter_id = ?1 AND key = ?2", adapterId, key);
        else db.Execute("INSERT INTO adapter_state VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = excluded.value", adapterId, key, value);
        return true;
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
}
