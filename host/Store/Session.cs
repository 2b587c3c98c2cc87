using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace PluginGateway.Store;

/// <summary>The writer's one connection: prepared statements that are reused, the open transaction, and what it adds to the totals.</summary>
internal sealed class Session : IDisposable
{
    private const string AddTotal = "INSERT INTO totals VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = value + excluded.value";

    private readonly SqliteConnection _connection;
    private readonly TimeProvider _clock;
    private readonly DateTimeOffset _startedUtc;
    private readonly long _started;
    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Statement> _constants = new(ReferenceEqualityComparer.Instance);
    private readonly long[] _added = new long[Enum.GetValues<Total>().Length];

    public Session(SqliteConnection connection, TimeProvider clock)
    {
        (_connection, _clock, _startedUtc, _started) = (connection, clock, clock.GetUtcNow(), clock.GetTimestamp());
        Now = _startedUtc.ToUnixTimeMilliseconds();
        DatabaseId = Scalar<string>("SELECT database_id FROM identity") ?? "";
    }

    /// <summary>A random name of this database: keys made from row ids stay unique when somebody starts with an empty store.</summary>
    public string DatabaseId { get; }

    /// <summary>The time of the open transaction, in milliseconds since 1970. Like the dispatcher's it never jumps: a clock that is set must neither make everything old nor
    /// delay what is due.</summary>
    public long Now { get; private set; }

    public void Begin()
    {
        Now = (_startedUtc + _clock.GetElapsedTime(_started)).ToUnixTimeMilliseconds();
        Execute("BEGIN IMMEDIATE");
    }

    public void Commit()
    {
        WriteTotals();
        Execute("COMMIT");
    }

    /// <summary>Writes what the transaction has added to the totals so far: once a batch, not once a message.</summary>
    public void WriteTotals()
    {
        for (var i = 0; i < _added.Length; i++)
        {
            if (_added[i] != 0) Execute(AddTotal, ((Total)i).ToString(), _added[i]);
            _added[i] = 0;
        }
    }

    /// <summary>Undoes the transaction, if SQLite has not done so itself (it does when the disk is full).</summary>
    public void Rollback()
    {
        Array.Clear(_added);
        if (raw.sqlite3_get_autocommit(_connection.Handle) == 0) Execute("ROLLBACK");
    }

    /// <summary>Adds to a total, with the transaction.</summary>
    public void Add(Total total, long count = 1) => _added[(int)total] += count;

    /// <summary>Returns how many rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> arguments) => Prepare(sql).Execute(arguments);

    /// <summary>Inserts a row, without RETURNING: that takes longer than the row. Returns its id; 0 when it was not inserted because of a conflict.</summary>
    public long Insert(string sql, params ReadOnlySpan<object?> arguments) => Execute(sql, arguments) == 0 ? 0 : raw.sqlite3_last_insert_rowid(_connection.Handle);

    public Cursor Query(string sql, params ReadOnlySpan<object?> arguments) => Prepare(sql).Query(arguments);

    /// <summary>The first column of the first row; the default when there is none, or one of another type.</summary>
    public T? Scalar<T>(string sql, params ReadOnlySpan<object?> arguments)
    {
        using var rows = Query(sql, arguments);
        return rows.Read() && rows.GetValue(0) is T value ? value : default;
    }

    /// <summary>The statements that were used so far.</summary>
    public IEnumerable<string> Statements => _statements.Keys;

    public void Dispose()
    {
        foreach (var statement in _statements.Values) statement.Dispose();
        _connection.Dispose();
    }

    /// <summary>A constant is found by its reference: its two hundred characters are not hashed for every row.</summary>
    private Statement Prepare(string sql)
    {
        if (_constants.TryGetValue(sql, out var statement)) return statement;
        if (!_statements.TryGetValue(sql, out statement)) _statements.Add(sql, statement = new Statement(_connection.Handle!, sql));
        if (ReferenceEquals(string.IsInterned(sql), sql)) _constants.Add(sql, statement);
        return statement;
    }
}
