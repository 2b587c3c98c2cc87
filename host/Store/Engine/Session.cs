using Microsoft.Data.Sqlite;
using PluginGateway.Store.Quota;
using SQLitePCL;

namespace PluginGateway.Store.Engine;

/// <summary>Connection to the database: prepared statements that are reused, the open transaction, and its additions to the totals.</summary>
/// <remarks>Methods record failures and do not throw: an exception on the writer's thread would run the hooks of plugins there. The first failure
/// stays until the transaction is undone; until then nothing is executed or read, and the result of a verb has no meaning.</remarks>
internal sealed class Session : IDisposable
{
    private const string AddTotal = "INSERT INTO totals VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = value + excluded.value";

    private readonly sqlite3 _database;
    private readonly IDisposable _owner;
    private readonly TimeProvider _clock;
    private readonly DateTimeOffset _startedUtc;
    private readonly long _started;
    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Statement> _references = new(ReferenceEqualityComparer.Instance);
    private readonly long[] _added = new long[Enum.GetValues<Total>().Length];
    private bool _isSynchronous = true;

    public Session(SqliteConnection connection, TimeProvider clock)
        : this(connection.Handle!, connection, clock, raw.SQLITE_OK)
    {
    }

    private Session(sqlite3 database, IDisposable owner, TimeProvider clock, int opened)
    {
        (_database, _owner, _clock, _startedUtc, _started) = (database, owner, clock, clock.GetUtcNow(), clock.GetTimestamp());
        Now = _startedUtc.ToUnixTimeMilliseconds();
        Usage = new UsageTable(this);
        if (opened != raw.SQLITE_OK) Fail(opened);
        DatabaseId = Scalar<string>("SELECT database_id FROM identity") ?? "";
    }

    /// <summary>Opens a database of this program beside its writer, to read only. The file must exist; otherwise <see cref="Failure"/> is
    /// set.</summary>
    public static Session OpenReader(string path, TimeProvider clock)
    {
        var code = raw.sqlite3_open_v2(path, out var database, raw.SQLITE_OPEN_READWRITE, null);
        if (code == raw.SQLITE_OK) code = raw.sqlite3_busy_timeout(database, 200);
        var session = new Session(database, database, clock, code);
        session.Execute("PRAGMA query_only=1");
        return session;
    }

    /// <summary>Failure after which nothing more is executed; null when nothing has failed.</summary>
    public StoreFailure? Failure { get; private set; }

    /// <summary>Random name of this database: keys made from row ids stay unique when the operator starts again with an empty store.</summary>
    public string DatabaseId { get; }

    /// <summary>Time of the open transaction, in milliseconds since 1970. Like the dispatcher's it never jumps: a change of the system clock must
    /// neither make all rows old nor delay those that are due.</summary>
    public long Now { get; private set; }

    /// <summary>Use of the store by adapter id.</summary>
    public UsageTable Usage { get; }

    /// <summary>Messages whose turns have not begun.</summary>
    public WaitingMessages Waiting { get; } = new();

    /// <summary>Largest state of one adapter id.</summary>
    public StateQuota Quota { get; init; } = new(long.MaxValue, long.MaxValue);

    /// <summary>Largest number of bytes of the memory of one handler's sessions.</summary>
    public long MemoryQuota { get; init; } = long.MaxValue;

    /// <summary>True while the store has reached its limit and takes no more state.</summary>
    public bool IsFull { get; set; }

    /// <summary>True: the table of tickets may have rows. From the first ticket until they are erased.</summary>
    public bool MayHaveTickets { get; set; }

    /// <summary>True: the table of notes may have rows.</summary>
    public bool MayHaveNotes { get; set; } = true;

    /// <summary>True: the table of numbers of sessions may have rows.</summary>
    public bool MayHaveNumbers { get; set; } = true;

    /// <summary>Number of messages that were delivered since the table of sent ids was brought up to date; it may be too high.</summary>
    public int DeliveredSinceIndexed { get; set; }

    /// <summary>Interrupts the statement that runs on the connection. Any thread.</summary>
    public void Interrupt() => raw.sqlite3_interrupt(_database);

    public void Fail(StoreFailure failure) => Failure ??= failure;

    /// <summary>Records a failure by the result code that SQLite has just returned.</summary>
    public void Fail(int code) =>
        Failure ??= StoreFailure.Of(code, raw.sqlite3_extended_errcode(_database), raw.sqlite3_errmsg(_database).utf8_to_string());

    /// <summary>Returns the failure and clears it: for statements outside a transaction.</summary>
    public StoreFailure? TakeFailure()
    {
        var failure = Failure;
        Failure = null;
        return failure;
    }

    /// <summary>Throws the recorded failure: for threads on which an exception may be thrown.</summary>
    /// <exception cref="StoreException">A statement has failed.</exception>
    public void ThrowIfFailed()
    {
        if (Failure is { } failure) throw new StoreException(failure.Code, failure.Message);
    }

    /// <summary>Begins a transaction.</summary>
    /// <param name="isSynchronous">True when the commit waits until the disk has it.</param>
    public void Begin(bool isSynchronous = true)
    {
        Failure = null;
        SetSynchronous(isSynchronous);
        Now = (_startedUtc + _clock.GetElapsedTime(_started)).ToUnixTimeMilliseconds();
        Execute("BEGIN IMMEDIATE");
    }

    /// <summary>Sets the pragma without a prepared statement: SQLite sets it while it compiles the statement, so a prepared one would have an effect
    /// only once.</summary>
    private void SetSynchronous(bool isSynchronous)
    {
        if (isSynchronous == _isSynchronous) return;
        var code = raw.sqlite3_exec(_database, isSynchronous ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
        if (code == raw.SQLITE_OK) _isSynchronous = isSynchronous;
        else Fail(code);
    }

    public void Commit()
    {
        Usage.WriteIfDue();
        WriteTotals();
        Execute("COMMIT");
        if (Failure is null) Usage.Committed();
    }

    /// <summary>Writes the transaction's additions to the totals so far: once a batch, not once a message.</summary>
    public void WriteTotals()
    {
        for (var i = 0; i < _added.Length; i++)
        {
            if (_added[i] != 0) Execute(AddTotal, ((Total)i).ToString(), _added[i]);
            _added[i] = 0;
        }
    }

    /// <summary>Undoes the transaction, unless SQLite has done so itself (as it does when the disk is full), and clears its failure. Returns the
    /// failure of the rollback.</summary>
    public StoreFailure? Rollback()
    {
        Array.Clear(_added);
        Usage.Undone();
        Waiting.Unload();
        // It may have brought the table up to date.
        DeliveredSinceIndexed++;
        Failure = null;
        if (raw.sqlite3_get_autocommit(_database) == 0) Execute("ROLLBACK");
        return TakeFailure();
    }

    /// <summary>Adds to a total, with the transaction.</summary>
    public void Add(Total total, long count = 1) => _added[(int)total] += count;

    /// <summary>Executes a statement and returns the number of changed rows.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> arguments) => Prepare(sql)?.Execute(arguments) ?? 0;

    /// <summary>Inserts a row, without RETURNING, which takes longer than the row. Returns its id; 0 when a conflict kept it from being
    /// inserted.</summary>
    public long Insert(string sql, params ReadOnlySpan<object?> arguments) =>
        Execute(sql, arguments) == 0 ? 0 : raw.sqlite3_last_insert_rowid(_database);

    public Cursor Query(string sql, params ReadOnlySpan<object?> arguments) => Prepare(sql)?.Query(arguments) ?? default;

    /// <summary>Returns the first column of the first row; the default when there is no row, or the value has another type.</summary>
    public T? Scalar<T>(string sql, params ReadOnlySpan<object?> arguments)
    {
        using var rows = Query(sql, arguments);
        return rows.Read() && rows.GetValue(0) is T value ? value : default;
    }

    /// <summary>Texts of the statements that were used so far.</summary>
    public IEnumerable<string> Statements => _statements.Keys;

    public void Dispose()
    {
        Release();
        _owner.Dispose();
    }

    /// <summary>Disposes the prepared statements; the connection stays open.</summary>
    public void Release()
    {
        foreach (var statement in _statements.Values) statement.Dispose();
        _statements.Clear();
        _references.Clear();
    }

    /// <summary>Returns the prepared statement of a text. A text that is kept is found by its reference: its two hundred characters are not hashed for
    /// every row. Null after a failure.</summary>
    private Statement? Prepare(string sql)
    {
        if (Failure is not null) return null;
        if (_references.TryGetValue(sql, out var statement)) return statement;
        if (!_statements.TryGetValue(sql, out statement))
        {
            var code = raw.sqlite3_prepare_v3(_database, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle, out var rest);
            if (code != raw.SQLITE_OK)
            {
                Fail(code);
                return null;
            }

            if (!string.IsNullOrWhiteSpace(rest))
                throw new ArgumentException($"Only one statement at a time: '{rest}' is left of '{sql}'.", nameof(sql));
            _statements.Add(sql, statement = new Statement(this, _database, handle));
            _references.Add(sql, statement);
        }

        return statement;
    }
}
