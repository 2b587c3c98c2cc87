using System.Globalization;
using Microsoft.Data.Sqlite;
using PluginGateway.Posix;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Quota;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Store.Files;

/// <summary>Result of the recovery of one table. <paramref name="Lost"/>: rows that are known to exist and cannot be read; null when their number
/// cannot be known.</summary>
internal sealed record SalvagedTable(string Table, long Saved, long? Lost);

/// <summary>Result of a recovery. <paramref name="Kept"/>: the damaged file, beside its side files; null: the store was sound and was left
/// alone.</summary>
internal sealed record RecoveryReport(string? Kept, IReadOnlyList<SalvagedTable> Tables, Balance? Before, Balance After)
{
    /// <summary>True when rows were lost, or a loss cannot be ruled out.</summary>
    public bool HasLost => Tables.Any(static table => table.Lost != 0)
        || (Tables.Count > 0 && (Before is null || Before.Inbound.Accepted != After.Inbound.Accepted || Before.Outbound.Owed != After.Outbound.Owed));
}

/// <summary>
/// Makes a sound store of a damaged one, only when the operator asks for it: reads the damaged file row by row, without writing to it, into a new one
/// of the same schema, and upgrades the new one to this version; then the damaged file is set aside under another name and the new one takes its
/// place. Nothing is deleted.
/// </summary>
internal static class Recovery
{
    private static readonly Migrations Schema = Migrations.Embedded;

    /// <param name="path">The damaged store.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="to">The path of the new store; the damaged one then stays where it is, and may be on a read-only disk. Null: in place of the
    /// damaged one.</param>
    /// <exception cref="StoreException">Nothing was changed; the message says why.</exception>
    public static RecoveryReport Run(string path, TimeProvider clock, string? to = null)
    {
        path = Path.GetFullPath(path);
        if (to is null) StoreSwap.FinishInterrupted(path);
        if (!File.Exists(path)) throw new StoreException(StoreCode.Io, $"There is no store '{path}'.");
        if (to is not null && File.Exists(to)) throw new StoreException(StoreCode.Io, $"'{to}' exists; it was left alone. Name another directory.");
        if (IsSound(path, clock) is { } balance && to is null) return new(null, [], balance, balance);
        var fresh = (to ?? path) + ".recovering";
        try
        {
            using (var source = TryOpen(path))
            {
                var version = VersionOf(source?.Connection);
                Database.CreateAt(fresh, Schema, version);
                var (tables, before, after) = Fill(source?.Connection, fresh, version, clock);
                FolderSync.FlushFile(fresh);
                if (to is null) return new(StoreSwap.Run(path, fresh, StoreSwap.Damaged), tables, before, after);
                File.Move(fresh, to);
                FolderSync.Flush(Path.GetDirectoryName(to)!);
                return new(path, tables, before, after);
            }
        }
        catch (Exception problem) when (problem is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreCode.Io, $"'{path}' could not be recovered to '{to ?? path}': {problem.Message} Nothing was changed. " +
                (to is null
                    ? "If its disk is read-only or full, name another directory: recover --to DIR"
                    : "Name a directory with room: recover --to DIR"), problem);
        }
    }

    /// <summary>Returns the balance of a sound store; null when it is damaged, and may be recovered.</summary>
    private static Balance? IsSound(string path, TimeProvider clock)
    {
        if (new FileInfo(path).Length == 0) return null;
        try
        {
            using var source = ReadOnlySource.Open(path);
            Database.RequireOurs(source.Connection, path, Schema.Current);
            using var session = new Session(source.Connection, clock);
            return session.Scalar<string>("PRAGMA integrity_check(1)") == "ok" && BalanceQuery.Read(session) is { IsExact: true } balance
                && session.Failure is null ? balance : null;
        }
        catch (SqliteException problem) when (StoreCode.Of(problem) is StoreCode.Corrupt or StoreCode.Internal)
        {
            return null;
        }
        catch (Exception problem) when (problem is SqliteException or IOException)
        {
            throw new StoreException(StoreFailure.From(problem).Code, $"'{path}' cannot be opened: {problem.Message} Nothing was changed.", problem);
        }
    }

    /// <summary>Returns the schema version with which the new store begins; this program's, when the old one cannot be read.</summary>
    private static int VersionOf(SqliteConnection? source)
    {
        try
        {
            return source is not null && Database.Number(source, "PRAGMA user_version") is var version && version >= 1 && version <= Schema.Current
                ? (int)version
                : Schema.Current;
        }
        catch (SqliteException)
        {
            return Schema.Current;
        }
    }

    private static (IReadOnlyList<SalvagedTable> Tables, Balance? Before, Balance After) Fill(
        SqliteConnection? from, string fresh, int version, TimeProvider clock)
    {
        using var into = Database.OpenExisting(fresh);
        SchemaFunctions.Register(into);
        Database.Execute(into, "BEGIN IMMEDIATE");
        var salvage = new Salvage(from, into);
        var seenKey = version < 3 ? "adapter_id, event_id" : "adapter_id, event_key";
        IReadOnlyList<SalvagedTable> tables =
        [
            salvage.Keyed("identity", "rowid", replaces: true), salvage.Keyed("generations", "adapter_id"),
            salvage.Keyed("adapter_state", "adapter_id, key"), salvage.Keyed("seen", seenKey),
            salvage.Keyed("pairings", "adapter_id, user_id"), salvage.Numbered("inbox"), salvage.Numbered("outbox"),
            salvage.Keyed("media", "outbox_id, name"), .. version < 5 ? [] : new[] { salvage.Keyed("buttons", "token") },
            .. version < 7 ? [] : new[]
            {
                salvage.Keyed("turn_notes", "turn, key"), salvage.Keyed("memory", "handler_id, session, key"),
                salvage.Keyed("memory_sessions", "handler_id, session"), salvage.Keyed("memory_resets", "adapter_id, sender_id"),
            },
            salvage.Keyed("totals", "name"),
        ];
        salvage.KeepNumbers();
        var session = new Session(into, clock);
        var before = tables[^1] is { Saved: > 0, Lost: 0 } ? BalanceQuery.Read(session) : null;
        Balances(into, hasTotals: before is not null);
        var after = BalanceQuery.Read(session);
        session.ThrowIfFailed();
        session.Release();
        Database.Execute(into, "COMMIT");
        Schema.Upgrade(into, version);
        UsageTable.Recount(into);
        UsageTable.RecountMemory(into);
        return (tables, before, after);
    }

    /// <summary>Sets the totals so that only saved messages count as accepted or owed; the report names the difference to the old totals as
    /// missing.</summary>
    private static void Balances(SqliteConnection db, bool hasTotals)
    {
        void Set(Total total, string value) =>
            Database.Execute(db, $"INSERT INTO totals VALUES ('{total}', ({value})) ON CONFLICT DO UPDATE SET value = excluded.value");
        if (!hasTotals)
        {
            Database.Execute(db, "DELETE FROM totals");
            Set(Total.Handled, $"SELECT count(*) FROM inbox WHERE state = {InboxSql.Handled}");
            Set(Total.InboundParked, $"SELECT count(*) FROM inbox WHERE state = {InboxSql.Parked}");
            Set(Total.Dropped, $"SELECT count(*) FROM inbox WHERE state = {InboxSql.Dropped}");
            Set(Total.Delivered, $"SELECT count(*) FROM outbox WHERE state = {OutboxSql.Delivered}");
            Set(Total.Rejected, $"SELECT count(*) FROM outbox WHERE state = {OutboxSql.Rejected}");
            Set(Total.OutboundParked, $"SELECT count(*) FROM outbox WHERE state = {OutboxSql.Parked}");
            Set(Total.Withdrawn, $"SELECT count(*) FROM outbox WHERE state = {OutboxSql.Withdrawn}");
            Set(Total.Bounced, $"SELECT count(*) FROM outbox WHERE state = {OutboxSql.Bounced}");
        }

        const string Sum = "SELECT coalesce(sum(value), 0) FROM totals WHERE name IN";
        Set(Total.Accepted, $"({Sum} ('Handled', 'InboundParked', 'Dropped')) + (SELECT count(*) FROM inbox WHERE {RowSql.Open})");
        Set(Total.Owed, $"({Sum} ('Delivered', 'Bounced', 'Rejected', 'OutboundParked', 'Withdrawn')) + (SELECT count(*) FROM outbox WHERE {RowSql.Open})");
    }

    /// <summary>Opens the damaged file read-only: not even its write-ahead log is merged into it. Null when it cannot be opened at all.</summary>
    private static ReadOnlySource? TryOpen(string path)
    {
        // SQLite would delete the log of an empty file.
        if (new FileInfo(path).Length == 0) return null;
        try
        {
            var source = ReadOnlySource.Open(path);
            Database.Execute(source.Connection, "PRAGMA cell_size_check=1");
            return source;
        }
        catch (SqliteException)
        {
            return null;
        }
    }
}
