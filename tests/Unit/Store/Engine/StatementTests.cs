using Microsoft.Data.Sqlite;
using PluginGateway.Store;
using PluginGateway.Store.Engine;

namespace PluginGateway.Tests.Store.Engine;

public sealed class StatementTests : IDisposable
{
    private readonly SqliteConnection _connection = new("Data Source=:memory:");
    private readonly Session _db;

    public StatementTests()
    {
        _connection.Open();
        SchemaFunctions.Register(_connection);
        Migrations.Embedded.Create(_connection, Migrations.Embedded.Current);
        Database.Execute(_connection, "CREATE TABLE things (id INTEGER PRIMARY KEY, value ANY UNIQUE) STRICT");
        _db = new Session(_connection, TimeProvider.System);
    }

    [Fact]
    public void Values_of_every_kind_come_back_as_they_were_given()
    {
        object?[] given = [null, 7L, long.MaxValue, 0.5, "", "\U0001F600", Array.Empty<byte>(), new byte[] { 1, 0, 2 }];
        foreach (var value in given) Assert.NotEqual(0, _db.Insert("INSERT INTO things (value) VALUES (?1)", value));
        using var rows = _db.Query("SELECT value FROM things ORDER BY id");
        foreach (var value in given)
        {
            Assert.True(rows.Read());
            Assert.Equal(value, rows.GetValue(0));
            Assert.Equal(value is null, rows.IsDBNull(0));
        }

        Assert.False(rows.Read());
    }

    [Fact]
    public void An_insert_brings_the_id_of_its_row_and_0_when_the_row_was_there()
    {
        const string Sql = "INSERT INTO things (value) VALUES (?1) ON CONFLICT DO NOTHING";
        Assert.Equal((1, 2, 0), (_db.Insert(Sql, "a"), _db.Insert(Sql, "b"), _db.Insert(Sql, "a")));
    }

    [Fact]
    public void A_statement_that_failed_says_why_and_can_be_used_again()
    {
        const string Sql = "INSERT INTO things (id, value) VALUES (?1, ?2)";
        Assert.Equal(1, _db.Execute(Sql, 1, "a"));
        Assert.Equal(0, _db.Execute(Sql, 1, "b"));
        Assert.Equal(StoreCode.Internal, _db.Failure!.Code);
        Assert.Contains("things.id", _db.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("(1555)", _db.Failure.Message, StringComparison.Ordinal);
        _db.Rollback();
        Assert.Equal(1, _db.Execute(Sql, 2, "b"));
    }

    [Fact]
    public void Nothing_is_executed_or_read_after_a_failure_until_the_transaction_is_undone()
    {
        _db.Begin();
        Assert.Equal(1, _db.Execute("INSERT INTO things (value) VALUES (?1)", "a"));
        Assert.Equal(0, _db.Execute("INSERT INTO nowhere VALUES (1)"));
        var failure = _db.Failure;
        Assert.Contains("nowhere", failure!.Message, StringComparison.Ordinal);
        Assert.Equal(0, _db.Execute("INSERT INTO things (value) VALUES (?1)", "b"));
        Assert.Null(_db.Scalar<string>("SELECT value FROM things"));
        _db.Commit();
        Assert.Same(failure, _db.Failure);
        Assert.Null(_db.Rollback());
        Assert.Null(_db.Failure);
        Assert.Equal(0, _db.Scalar<long>("SELECT count(*) FROM things"));
    }

    [Fact]
    public void Rows_that_nobody_read_to_the_end_do_not_stay_in_the_way()
    {
        for (var i = 0; i < 3; i++) _db.Insert("INSERT INTO things (value) VALUES (?1)", i);
        for (var i = 0; i < 2; i++)
        {
            var rows = _db.Query("SELECT value FROM things WHERE id > ?1 ORDER BY id", i);
            Assert.True(rows.Read());
            Assert.Equal(i, rows.GetInt32(0));
        }

        _db.Execute("BEGIN");
        Assert.Equal(3, _db.Execute("DELETE FROM things"));
        _db.Execute("COMMIT");
    }

    [Fact]
    public void What_would_be_ignored_is_refused()
    {
        Assert.Throws<ArgumentException>(() => _db.Execute("SELECT 1; DELETE FROM things"));
        Assert.Throws<ArgumentException>(() => _db.Execute("INSERT INTO things (value) VALUES (?1)", DateTimeOffset.UnixEpoch));
        Assert.Equal(0, _db.Execute("INSERT INTO things (value) VALUES (?1)", "one", "too many"));
        Assert.NotNull(_db.TakeFailure());
    }

    public void Dispose() => _db.Dispose();
}
