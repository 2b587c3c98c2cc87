using Microsoft.Data.Sqlite;

namespace PluginGateway.Store;

/// <summary>Copies what can be read of a damaged database, row by row, around what cannot.</summary>
internal sealed class Salvage(SqliteConnection? from, Session into)
{
    /// <summary>Where nothing says how far the ids went: so many are tried, and so many are never given again.</summary>
    private const long Tried = 10_000, Beyond = 1_000_000;

    private readonly Dictionary<string, long> _highest = new(StringComparer.Ordinal);

    /// <summary>A table with ids: page by page, and where a page cannot be read, id by id.</summary>
    public SalvagedTable Numbered(string table)
    {
        var (saved, lost, last) = (0L, 0L, 0L);
        var (end, isKnown) = Highest(table) is var highest and >= 0 ? (highest, true) : (Tried, false);
        while (last < end)
        {
            var (count, reached, isWhole) = Copy(table, $"SELECT * FROM {table} WHERE id > $after ORDER BY id", last);
            (saved, last) = (saved + count, Math.Max(last, reached));
            if (isWhole) break;
            if (!isKnown) end = last + Tried;
            // Past the hole, one by one.
            for (last++; last <= end; last++)
            {
                var (one, _, isRead) = Copy(table, $"SELECT * FROM {table} WHERE id = $after", last);
                if (!isRead) lost++;
                saved += one;
                if (one == 1) break;
            }
        }

        _highest[table] = isKnown ? Math.Max(last, end) : last + Beyond;
        // Without a known end the ids that could not be looked up are not known to be messages.
        return new(table, saved, isKnown && from is not null ? lost : null);
    }

    /// <summary>A table with a key: from its beginning as far as it can be read, then from its end.</summary>
    public SalvagedTable Keyed(string table, string key, bool replaces = false)
    {
        if (replaces && CanRead(table)) into.Execute($"DELETE FROM {table}");
        var (count, _, isWhole) = Copy(table, $"SELECT * FROM {table} ORDER BY {key}", 0);
        if (!isWhole && !replaces) count += Copy(table, $"SELECT * FROM {table} ORDER BY {string.Join(", ", key.Split(", ").Select(static part => part + " DESC"))}", 0).Count;
        return new(table, count, isWhole ? 0 : null);
    }

    /// <summary>Ids and generations that were given are never given again.</summary>
    public void KeepNumbers()
    {
        foreach (var (table, highest) in _highest)
        {
            into.Execute("DELETE FROM sqlite_sequence WHERE name = ?1", table);
            into.Execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", table, highest);
            into.Execute($"INSERT INTO generations SELECT adapter_id, max(coalesce(generation, 0)) FROM {table} GROUP BY adapter_id ON CONFLICT DO UPDATE SET last = max(last, excluded.last)");
        }
    }

    /// <summary>-1: nobody knows.</summary>
    private long Highest(string table)
    {
        foreach (var sql in (string[])[$"SELECT seq FROM sqlite_sequence WHERE name = '{table}'", $"SELECT max(id) FROM {table}", $"SELECT max(id) FROM {table} INDEXED BY {table}_open WHERE state < 2"])
        {
            try
            {
                if (from is null) return 0;
                using var command = from.CreateCommand();
                command.CommandText = sql;
                if (command.ExecuteScalar() is long highest) return highest;
            }
            catch (SqliteException)
            {
                // The next one may know.
            }
        }

        return -1;
    }

    private bool CanRead(string table)
    {
        try
        {
            if (from is null) return false;
            using var command = from.CreateCommand();
            command.CommandText = $"SELECT count(*) FROM {table}";
            return command.ExecuteScalar() is long and > 0;
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    private (long Count, long Reached, bool IsWhole) Copy(string table, string sql, long after)
    {
        var (count, reached) = (0L, after);
        if (from is null) return (0, reached, false);
        try
        {
            using var command = from.CreateCommand();
            command.CommandText = sql;
            if (sql.Contains("$after", StringComparison.Ordinal)) command.Parameters.AddWithValue("$after", after);
            using var reader = command.ExecuteReader();
            var values = new object[reader.FieldCount];
            var places = string.Join(", ", Enumerable.Range(1, values.Length).Select(static i => $"?{i}"));
            while (reader.Read())
            {
                reader.GetValues(values);
                if (values[0] is long id) reached = id;
                if (Insert(table, places, values)) count++;
            }

            return (count, reached, true);
        }
        catch (Exception problem) when (problem is SqliteException or ArgumentException or OutOfMemoryException)
        {
            return (count, reached, false);
        }
    }

    /// <summary>False: it is there already, or its content is no longer what the schema allows.</summary>
    private bool Insert(string table, string places, object[] values)
    {
        try
        {
            return into.Execute($"INSERT INTO {table} VALUES ({places}) ON CONFLICT DO NOTHING", values) == 1;
        }
        catch (SqliteException problem) when (problem.SqliteErrorCode == 19)
        {
            return false;
        }
    }
}
