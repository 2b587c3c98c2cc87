using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Verbs;

/// <summary>A pairing that the operator approved, or a request for one: then with the salted hash of the code, never the code.</summary>
/// <param name="SinceUtc">Time of the request, or of the approval.</param>
internal sealed record PairingRow(string AdapterId, string UserId, string? Name, DateTimeOffset SinceUtc, byte[]? Salt, byte[]? Hash)
{
    public bool IsRequest => Hash is not null;
}

/// <summary>The verbs about pairings.</summary>
internal static class PairingVerbs
{
    public static IReadOnlyList<PairingRow> Load(Session db)
    {
        var rows = new List<PairingRow>();
        using var reader = db.Query("SELECT adapter_id, user_id, name, since_utc, salt, hash FROM pairings");
        while (reader.Read())
        {
            rows.Add(new(
                reader.GetString(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2),
                DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(3)),
                reader.IsDBNull(4) ? null : reader.GetBytes(4), reader.IsDBNull(5) ? null : reader.GetBytes(5)));
        }

        return rows;
    }

    public static bool Put(Session db, PairingRow row)
    {
        db.Execute(
            "INSERT INTO pairings VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET name = excluded.name, since_utc = excluded.since_utc, salt = excluded.salt, hash = excluded.hash",
            row.AdapterId, row.UserId, row.Name, row.SinceUtc.ToUnixTimeMilliseconds(), row.Salt, row.Hash);
        return true;
    }

    public static bool Remove(Session db, IReadOnlyList<PairingRow> rows)
    {
        foreach (var row in rows) db.Execute("DELETE FROM pairings WHERE adapter_id = ?1 AND user_id = ?2", row.AdapterId, row.UserId);
        return true;
    }
}
