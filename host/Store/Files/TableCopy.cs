using Microsoft.Data.Sqlite;

namespace PluginGateway.Store.Files;

/// <summary>Result of one query of a <see cref="TableCopy"/>. <paramref name="Reached"/>: the last id; <paramref name="IsWhole"/>: true when the
/// query was read to its end.</summary>
internal readonly record struct CopiedRows(long Read, long Reached, bool IsWhole);

/// <summary>Copies rows of a table into the table of the same name, by the columns that both have: a column of a later schema keeps its
/// default.</summary>
internal sealed class TableCopy
{
    private const int SqliteConstraint = 19;

    private readonly SqliteConnection? _from;
    private readonly SqliteConnection _into;
    private readonly string _table;
    private readonly IReadOnlyList<string> _columns;

    /// <param name="from">The damaged database; null when it cannot be opened.</param>
    /// <param name="into">The new database.</param>
    /// <param name="table">The name of both tables.</param>
    /// <param name="id">The column with the ids; null when the table has none.</param>
    public TableCopy(SqliteConnection? from, SqliteConnection into, string table, string? id)
    {
        (_from, _into, _table) = (from, into, table);
        var theirs = from is null ? [] : ColumnsOf(from);
        _columns = [.. ColumnsOf(into).Where(theirs.Contains).OrderByDescending(name => name == id)];
    }

    /// <summary>Rows that were copied.</summary>
    public long Saved { get; private set; }

    /// <summary>Rows that were read, but violate the schema.</summary>
    public long Refused { get; private set; }

    /// <summary>False when nothing of the table can be read.</summary>
    public bool IsThere => _columns.Count > 0;

    /// <summary>Copies the rows of a query, as far as they can be read.</summary>
    /// <exception cref="SqliteException">A row cannot be written.</exception>
    public CopiedRows Copy(string clause, long after)
    {
        if (_from is null || !IsThere) return new(0, after, false);
        using var query = _from.CreateCommand();
        query.CommandText = $"SELECT {string.Join(", ", _columns)} FROM {_table} {clause}";
        if (clause.Contains("$after", StringComparison.Ordinal)) query.Parameters.AddWithValue("$after", after);
        using var insert = Insert();
        var rows = new CopiedRows(0, after, true);
        using var reader = Attempt(query.ExecuteReader);
        var values = new object[_columns.Count];
        while (reader is not null && Attempt<bool?>(() => Next(reader, values)) is { } isRow)
        {
            if (!isRow) return rows;
            rows = rows with { Read = rows.Read + 1, Reached = values[0] is long id ? id : rows.Reached };
            Write(insert, values);
        }

        return rows with { IsWhole = false };
    }

    private static bool Next(SqliteDataReader reader, object[] values)
    {
        if (!reader.Read()) return false;
        reader.GetValues(values);
        return true;
    }

    /// <summary>Runs a read; null when it fails.</summary>
    private static T? Attempt<T>(Func<T?> read)
    {
        try
        {
            return read();
        }
        catch (Exception problem) when (problem is SqliteException or ArgumentException or OutOfMemoryException or InvalidCastException)
        {
            return default;
        }
    }

    private SqliteCommand Insert()
    {
        var insert = _into.CreateCommand();
        insert.CommandText =
            $"INSERT INTO {_table} ({string.Join(", ", _columns)}) VALUES ({string.Join(", ", _columns.Select(static (_, i) => $"$v{i}"))}) ON CONFLICT DO NOTHING";
        for (var i = 0; i < _columns.Count; i++) insert.Parameters.Add(new SqliteParameter($"$v{i}", null));
        return insert;
    }

    private void Write(SqliteCommand insert, object[] values)
    {
        for (var i = 0; i < values.Length; i++) insert.Parameters[i].Value = values[i];
        try
        {
            if (insert.ExecuteNonQuery() == 1) Saved++;
            else if (!HasBeenCopied(values)) Refused++;
        }
        catch (SqliteException problem) when (problem.SqliteErrorCode == SqliteConstraint)
        {
            Refused++;
        }
    }

    /// <summary>Returns true for a row that is in the new table already: one that was read twice, from both ends, is not lost.</summary>
    private bool HasBeenCopied(object[] values)
    {
        using var query = _into.CreateCommand();
        query.CommandText = $"SELECT count(*) FROM {_table} WHERE {string.Join(" AND ", _columns.Select(static (name, i) => $"{name} IS $v{i}"))}";
        for (var i = 0; i < values.Length; i++) query.Parameters.AddWithValue($"$v{i}", values[i]);
        return query.ExecuteScalar() is > 0L;
    }

    private HashSet<string> ColumnsOf(SqliteConnection connection)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            using var query = connection.CreateCommand();
            query.CommandText = $"SELECT name FROM pragma_table_info('{_table}') ORDER BY cid";
            using var reader = query.ExecuteReader();
            while (reader.Read()) names.Add(reader.GetString(0));
        }
        catch (SqliteException)
        {
            // The schema cannot be read; nor can anything that needs it.
        }

        return names;
    }
}
