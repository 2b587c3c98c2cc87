using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace PluginGateway.Store;

/// <summary>What became of one table. <paramref name="Lost"/>: rows that are known to be there and cannot be read; null: nobody can know how many.</summary>
internal sealed record SalvagedTable(string Table, long Saved, long? Lost);

/// <summary>What a recovery has done. <paramref name="Kept"/>: the damaged file, beside its side files; null: the store was sound and was left alone.</summary>
internal sealed record RecoveryReport(string? Kept, IReadOnlyList<SalvagedTable> Tables, Balance? Before, Balance After);

/// <summary>
/// Makes a sound store of a damaged one, only when the operator asks for it: reads the damaged file row by row, without writing to it, into a new one; then the damaged file is
/// set aside under another name and the new one takes its place. Nothing is deleted.
/// </summary>
internal static class Recovery
{
    /// <exception cref="StoreException">Nothing was changed; the message says why.</exception>
    public static RecoveryReport Run(string path, TimeProvider clock)
    {
        if (!File.Exists(path)) throw new StoreException(StoreCode.Io, $"There is no store '{path}'.");
        if (IsSound(path, clock) is { } balance) return new(null, [], balance, balance);
        var fresh = path + ".recovering";
        try
        {
            foreach (var end in (string[])["", "-wal", "-shm", "-journal"]) File.Delete(fresh + end);
            Database.Open(new StoreOptions(fresh), Migrations.Embedded, NullLogger.Instance).Dispose();
            var (tables, before, after) = Fill(path, fresh, clock);
            return new(Swap(path, fresh, clock), tables, before, after);
        }
        catch (Exception problem) when (problem is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreCode.Io, $"'{path}' could not be recovered: {problem.Message} Nothing was changed.", problem);
        }
    }

    private static Balance? IsSound(string path, TimeProvider clock)
    {
        try
        {
            using var connection = Database.OpenReader(path);
            Database.RequireOurs(connection, path, Migrations.Embedded.Current);
            using var session = new Session(connection, clock);
            return session.Scalar<string>("PRAGMA integrity_check(1)") == "ok" && Books.Read(session) is { IsExact: true } balance ? balance : null;
        }
        catch (SqliteException problem) when (StoreCode.Of(problem) is StoreCode.Corrupt or StoreCode.Internal)
        {
            return null;
        }
        catch (SqliteException problem)
        {
            throw new StoreException(StoreCode.Of(problem), $"'{path}' cannot be opened: {problem.Message} Nothing was changed.", problem);
        }
    }

    private static (IReadOnlyList<SalvagedTable> Tables, Balance? Before, Balance After) Fill(string path, string fresh, TimeProvider clock)
    {
        using var from = TryOpen(path);
        using var session = new Session(Database.OpenExisting(fresh), clock);
        session.Begin();
        var salvage = new Salvage(from, session);
        IReadOnlyList<SalvagedTable> tables =
        [
            salvage.Keyed("identity", "rowid", replaces: true), salvage.Keyed("generations", "adapter_id"), salvage.Keyed("adapter_state", "adapter_id, key"), salvage.Keyed("seen", "adapter_id, event_id"),
            salvage.Keyed("pairings", "adapter_id, user_id"), salvage.Numbered("inbox"), salvage.Numbered("outbox"), salvage.Keyed("totals", "name"),
        ];
        salvage.KeepNumbers();
        var before = tables[^1] is { Saved: > 0, Lost: 0 } ? Books.Read(session) : null;
        Balances(session, hasTotals: before is not null);
        var after = Books.Read(session);
        session.Commit();
        return (tables, before, after);
    }

    /// <summary>Only what was saved counts as accepted or owed; the difference to the old books is what the report names as missing.</summary>
    private static void Balances(Session db, bool hasTotals)
    {
        void Set(Total total, string value) => db.Execute($"INSERT INTO totals VALUES ('{total}', ({value})) ON CONFLICT DO UPDATE SET value = excluded.value");
        if (!hasTotals)
        {
            db.Execute("DELETE FROM totals");
            Set(Total.Handled, "SELECT count(*) FROM inbox WHERE state = 2");
            Set(Total.InboundParked, "SELECT count(*) FROM inbox WHERE state = 3");
            Set(Total.Delivered, "SELECT count(*) FROM outbox WHERE state = 2");
            Set(Total.Rejected, "SELECT count(*) FROM outbox WHERE state = 3");
            Set(Total.OutboundParked, "SELECT count(*) FROM outbox WHERE state = 4");
        }

        const string Sum = "SELECT coalesce(sum(value), 0) FROM totals WHERE name IN";
        Set(Total.Accepted, $"({Sum} ('Handled', 'InboundParked')) + (SELECT count(*) FROM inbox WHERE state < 2)");
        Set(Total.Owed, $"({Sum} ('Delivered', 'Rejected', 'OutboundParked')) + (SELECT count(*) FROM outbox WHERE state < 2)");
    }

    private static SqliteConnection? TryOpen(string path)
    {
        // Read-only: not even its write-ahead log is merged into the damaged file.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 1, Mode = SqliteOpenMode.ReadOnly }.ToString());
        try
        {
            connection.Open();
            Database.Execute(connection, "PRAGMA cell_size_check=1");
            return connection;
        }
        catch (SqliteException)
        {
            connection.Dispose();
            return null;
        }
    }

    /// <summary>The write-ahead log goes first: merged into a new file it would destroy it. The last step is atomic, and at no moment is there no store.</summary>
    private static string Swap(string path, string fresh, TimeProvider clock)
    {
        var kept = $"{path}.damaged-{clock.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}";
        if (File.Exists(kept)) throw new IOException($"'{kept}' exists.");
        foreach (var end in (string[])["-wal", "-shm"])
        {
            if (File.Exists(path + end)) File.Move(path + end, kept + end);
        }

        File.Replace(fresh, path, kept);
        FolderSync.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return kept;
    }
}
