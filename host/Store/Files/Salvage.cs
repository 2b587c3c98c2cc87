using Microsoft.Data.Sqlite;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Store.Files;

/// <summary>Copies the readable rows of a damaged database, row by row, around the unreadable ones. A row that cannot be written is not a loss but a
/// failure, which is thrown.</summary>
internal sealed class Salvage(SqliteConnection? from, SqliteConnection into)
{
    /// <summary>Numbers of ids for a table whose highest id is unknown: so many are tried, and so many are never given again.</summary>
    private const long Tried = 10_000, Beyond = 1_000_000;

    private readonly Dictionary<string, long> _highest = new(StringComparer.Ordinal);

    /// <summary>Copies a table with ids: page by page, and where a page cannot be read, id by id.</summary>
    public SalvagedTable Numbered(string table)
    {
        var rows = new TableCopy(from, into, table, "id");
        var (lost, last) = (0L, 0L);
        var (end, isKnown) = Highest(table) is var highest and >= 0 ? (highest, true) : (Tried, false);
        while (last < end)
        {
            var part = rows.Copy("WHERE id > $after ORDER BY id", last);
            last = Math.Max(last, part.Reached);
            if (part.IsWhole) break;
            if (!isKnown) end = last + Tried;
            // Past the unreadable page, id by id.
            for (last++; last <= end; last++)
            {
                var one = rows.Copy("WHERE id = $after", last);
                if (!one.IsWhole) lost++;
                if (one.Read == 1) break;
            }
        }

        _highest[table] = isKnown ? Math.Max(last, end) : last + Beyond;
        // Without a known end, ids that could not be looked up are not known to belong to messages.
        return new(table, rows.Saved, isKnown && rows.IsThere ? lost + rows.Refused : null);
    }

    /// <summary>Copies a table with a key: from its beginning as far as it can be read, then from its end.</summary>
    public SalvagedTable Keyed(string table, string key, bool replaces = false)
    {
        var rows = new TableCopy(from, into, table, null);
        if (replaces && CanRead(table)) Database.Execute(into, $"DELETE FROM {table}");
        if (rows.Copy($"ORDER BY {key}", 0).IsWhole) return new(table, rows.Saved, rows.IsThere ? rows.Refused : null);
        if (!replaces) rows.Copy($"ORDER BY {string.Join(", ", key.Split(", ").Select(static part => part + " DESC"))}", 0);
        return new(table, rows.Saved, null);
    }

    /// <summary>Keeps ids and generations that were given from being given again.</summary>
    public void KeepNumbers()
    {
        foreach (var (table, highest) in _highest)
        {
            Database.Execute(into, $"""
                DELETE FROM sqlite_sequence WHERE name = '{table}';
                INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {highest});
                INSERT INTO generations SELECT adapter_id, max(coalesce(generation, 0)) FROM {table} GROUP BY adapter_id ON CONFLICT DO UPDATE SET last = max(last, excluded.last);
                """);
        }
    }

    /// <summary>Returns the highest id of a table; -1 when it cannot be known.</summary>
    private long Highest(string table)
    {
        string[] queries =
        [
            $"SELECT seq FROM sqlite_sequence WHERE name = '{table}'", $"SELECT max(id) FROM {table}",
            $"SELECT max(id) FROM {table} INDEXED BY {table}_open WHERE {RowSql.Open}",
        ];
        foreach (var sql in queries)
        {
            try
            {
                if (from is null) return 0;
                using var command = from.CreateCommand();
                command.CommandText = sql;
                if (command.ExecuteScalar() is long highest) return highest;
                // The table has never had a row.
                if (sql.StartsWith("SELECT max", StringComparison.Ordinal)) return 0;
            }
            catch (SqliteException)
            {
                // The next query may succeed.
            }
        }

        return -1;
    }

    private bool CanRead(string table)
    {
        try
        {
            return from is not null && Database.Number(from, $"SELECT count(*) FROM {table}") > 0;
        }
        catch (SqliteException)
        {
            return false;
        }
    }
}
