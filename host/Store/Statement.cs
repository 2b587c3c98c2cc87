using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace PluginGateway.Store;

/// <summary>One prepared statement, kept for the life of its session and driven directly: a command object with named parameters costs as much as what SQLite does for a row.
/// Only its session's thread.</summary>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _handle;

    /// <exception cref="SqliteException">It is no single statement that SQLite can prepare.</exception>
    public Statement(sqlite3 database, string sql)
    {
        _database = database;
        Check(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _handle, out var rest));
        if (!string.IsNullOrWhiteSpace(rest)) throw new ArgumentException($"Only one statement at a time: '{rest}' is left of '{sql}'.", nameof(sql));
    }

    /// <summary>Runs it to its end. Returns how many rows it changed.</summary>
    public int Execute(ReadOnlySpan<object?> arguments)
    {
        using var rows = Query(arguments);
        while (rows.Read())
        {
        }

        return raw.sqlite3_changes(_database);
    }

    /// <summary>Begins to run it; the first row is read by the first <see cref="Cursor.Read"/>.</summary>
    public Cursor Query(ReadOnlySpan<object?> arguments)
    {
        // What nobody has read to its end.
        Reset();
        for (var i = 0; i < arguments.Length; i++) Check(Bind(i + 1, arguments[i]));
        return new Cursor(this, _handle);
    }

    /// <summary>True: there is a row.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(_handle);
        Check(code);
        return code == raw.SQLITE_ROW;
    }

    /// <summary>Ends the run. What went wrong in it has been thrown by its step.</summary>
    public void Reset() => raw.sqlite3_reset(_handle);

    public void Dispose() => _handle.Dispose();

    private int Bind(int index, object? value) => value switch
    {
        null or DBNull => raw.sqlite3_bind_null(_handle, index),
        long number => raw.sqlite3_bind_int64(_handle, index, number),
        int number => raw.sqlite3_bind_int64(_handle, index, number),
        string text => raw.sqlite3_bind_text(_handle, index, text),
        byte[] bytes => bytes.Length == 0 ? raw.sqlite3_bind_zeroblob(_handle, index, 0) : raw.sqlite3_bind_blob(_handle, index, bytes),
        double number => raw.sqlite3_bind_double(_handle, index, number),
        _ => throw new ArgumentException($"No column holds a {value.GetType()}.", nameof(value)),
    };

    private void Check(int code) => SqliteException.ThrowExceptionForRC(code, _database);
}

/// <summary>The rows of a statement that runs, one at a time. Dispose it: the statement is used again.</summary>
internal readonly struct Cursor(Statement statement, sqlite3_stmt handle) : IDisposable
{
    /// <summary>Goes to the next row. False: there is none.</summary>
    public bool Read() => statement.Step();

    public bool IsDBNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public long GetInt64(int column) => raw.sqlite3_column_int64(handle, column);

    public int GetInt32(int column) => checked((int)GetInt64(column));

    public string GetString(int column) => raw.sqlite3_column_text(handle, column).utf8_to_string() ?? "";

    public byte[] GetBytes(int column) => raw.sqlite3_column_blob(handle, column).ToArray();

    /// <summary>The value as SQLite has it.</summary>
    public object? GetValue(int column) => raw.sqlite3_column_type(handle, column) switch
    {
        raw.SQLITE_INTEGER => GetInt64(column),
        raw.SQLITE_TEXT => GetString(column),
        raw.SQLITE_BLOB => GetBytes(column),
        raw.SQLITE_FLOAT => raw.sqlite3_column_double(handle, column),
        _ => null,
    };

    public void Dispose() => statement.Reset();
}
