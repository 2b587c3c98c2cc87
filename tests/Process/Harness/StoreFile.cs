using Microsoft.Data.Sqlite;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>The gateway's database as another program sees it, beside a running gateway too.</summary>
internal sealed class StoreFile : IDisposable
{
    private readonly SqliteConnection _connection;

    public StoreFile(string data, string name = "gateway.db")
    {
        _connection = new SqliteConnection($"Data Source={Path.Combine(data, name)};Pooling=False");
        _connection.Open();
    }

    public void Run(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public long Number(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Makes delivered messages parked ones, in the books too.</summary>
    public void Park(string where) => Run($"""
        BEGIN IMMEDIATE;
        INSERT INTO totals VALUES ('OutboundParked', (SELECT count(*) FROM outbox WHERE state = 2 AND {where})) ON CONFLICT DO UPDATE SET value = value + excluded.value;
        UPDATE totals SET value = value - (SELECT count(*) FROM outbox WHERE state = 2 AND {where}) WHERE name = 'Delivered';
        UPDATE outbox SET state = 4, error = 'it may have arrived' WHERE state = 2 AND {where};
        COMMIT;
        """);

    public void Dispose() => _connection.Dispose();
}
