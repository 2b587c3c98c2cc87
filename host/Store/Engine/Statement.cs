using SQLitePCL;

namespace PluginGateway.Store.Engine;

/// <summary>One prepared statement, kept for the life of its session and driven directly: a command object with named parameters costs as much as
/// SQLite's work for a row. Only its session's thread. Failures are recorded in the session.</summary>
internal sealed class Statement(Session session, sqlite3 database, sqlite3_stmt handle) : IDisposable
{
    /// <summary>Runs the statement to its end. Returns the number of changed rows; 0 when it has failed.</summary>
    public int Execute(ReadOnlySpan<object?> arguments)
    {
        using var rows = Query(arguments);
        while (rows.Read())
        {
        }

        return session.Failure is null ? raw.sqlite3_changes(database) : 0;
    }

    /// <summary>Starts the statement; the first <see cref="Cursor.Read"/> reads the first row.</summary>
    public Cursor Query(ReadOnlySpan<object?> arguments)
    {
        // Ends an earlier run that was not read to its end.
        Reset();
        for (var i = 0; i < arguments.Length; i++)
        {
            var code = Bind(i + 1, arguments[i]);
            if (code == raw.SQLITE_OK) continue;
            session.Fail(code);
            return default;
        }

        return new Cursor(this, handle);
    }

    /// <summary>Moves to the next row; true when there is one.</summary>
    public bool Step()
    {
        if (session.Failure is not null) return false;
        var code = raw.sqlite3_step(handle);
        if (code is not (raw.SQLITE_ROW or raw.SQLITE_DONE)) session.Fail(code);
        return code == raw.SQLITE_ROW;
    }

    /// <summary>Ends the run. Its failure was reported by <see cref="Step"/> already.</summary>
    public void Reset() => raw.sqlite3_reset(handle);

    public void Dispose() => handle.Dispose();

    private int Bind(int index, object? value) => value switch
    {
        null or DBNull => raw.sqlite3_bind_null(handle, index),
        long number => raw.sqlite3_bind_int64(handle, index, number),
        int number => raw.sqlite3_bind_int64(handle, index, number),
        string text => raw.sqlite3_bind_text(handle, index, text),
        byte[] bytes => bytes.Length == 0 ? raw.sqlite3_bind_zeroblob(handle, index, 0) : raw.sqlite3_bind_blob(handle, index, bytes),
        double number => raw.sqlite3_bind_double(handle, index, number),
        _ => throw new ArgumentException($"No column holds a {value.GetType()}.", nameof(value)),
    };
}

/// <summary>The rows of a running statement, one at a time. Dispose it: the statement is used again. The default one has no rows, after a
/// failure.</summary>
internal readonly struct Cursor(Statement statement, sqlite3_stmt handle) : IDisposable
{
    /// <summary>Moves to the next row. False when there is none, or after a failure.</summary>
    public bool Read() => statement is not null && statement.Step();

    public bool IsDBNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public long GetInt64(int column) => raw.sqlite3_column_int64(handle, column);

    /// <summary>Returns the integer, clamped to the range of <see cref="int"/>.</summary>
    public int GetInt32(int column) => (int)Math.Clamp(GetInt64(column), int.MinValue, int.MaxValue);

    /// <summary>Returns the text; null for NULL.</summary>
    public string? GetText(int column) => IsDBNull(column) ? null : GetString(column);

    /// <summary>Returns the time, stored as milliseconds since 1970; null for NULL.</summary>
    public DateTimeOffset? GetTime(int column) => IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(GetInt64(column));

    public string GetString(int column) => raw.sqlite3_column_text(handle, column).utf8_to_string() ?? "";

    public byte[] GetBytes(int column) => raw.sqlite3_column_blob(handle, column).ToArray();

    /// <summary>Returns the value in SQLite's own type.</summary>
    public object? GetValue(int column) => raw.sqlite3_column_type(handle, column) switch
    {
        raw.SQLITE_INTEGER => GetInt64(column),
        raw.SQLITE_TEXT => GetString(column),
        raw.SQLITE_BLOB => GetBytes(column),
        raw.SQLITE_FLOAT => raw.sqlite3_column_double(handle, column),
        _ => null,
    };

    public void Dispose() => statement?.Reset();
}
