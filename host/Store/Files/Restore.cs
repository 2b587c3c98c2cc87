using Microsoft.Data.Sqlite;
using PluginGateway.Posix;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Store.Files;

/// <summary>Contents of a restored store. <paramref name="Kept"/>: the store that was in its place; null when there was none.</summary>
internal sealed record RestoreReport(string Store, string? Kept, long Pending, long Owed);

/// <summary>Puts a backup into the place of a store that no gateway has open. The backup is checked first, and stays; the old store is kept under
/// another name.</summary>
internal static class Restore
{
    /// <summary>Largest number of ids that may have been given since the backup was made. None of them is given again: platforms may know the keys
    /// made of them, and would drop a new message as a duplicate.</summary>
    private const long GivenSince = 1_000_000;

    /// <exception cref="StoreException">Nothing was changed; the message says why.</exception>
    public static RestoreReport Run(string file, string path, TimeProvider clock)
    {
        var (source, target) = (Path.GetFullPath(file), Path.GetFullPath(path));
        if (!File.Exists(source)) throw new StoreException(StoreCode.Io, $"There is no file '{source}'.");
        if (source == target) throw new StoreException(StoreCode.Io, $"'{source}' is the store itself.");
        var fresh = target + ".restoring";
        try
        {
            StoreSwap.FinishInterrupted(target);
            StoreFile.Delete(fresh);
            Check(source, clock);
            Database.CreatePrivate(fresh);
            using (var from = ReadOnlySource.Open(source)) Backup.CopyTo(fresh, from.Connection);
            using (var connection = Database.OpenExisting(fresh))
                Database.Execute(
                    connection, $"UPDATE sqlite_sequence SET seq = seq + {GivenSince}; UPDATE generations SET last = last + {GivenSince}");
            var report = Backup.Verify(fresh, clock);
            FolderSync.FlushFile(fresh);
            return new(target, StoreSwap.Run(target, fresh, StoreSwap.BeforeRestore), report.Pending, report.Owed);
        }
        catch (Exception problem) when (problem is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new StoreException(
                StoreCode.Io, $"'{source}' cannot be put into the place of '{target}': {problem.Message} Nothing was changed.", problem);
        }
    }

    /// <summary>Checks the whole backup, because the restored store is relied on.</summary>
    private static void Check(string source, TimeProvider clock)
    {
        if (new FileInfo(source).Length == 0) throw new StoreException(StoreCode.Corrupt, $"'{source}' is empty, 0 bytes. Nothing was changed.");
        using var from = ReadOnlySource.Open(source);
        Database.RequireOurs(from.Connection, source, Migrations.Embedded.Current);
        using var session = new Session(from.Connection, clock);
        if (session.Scalar<string>("PRAGMA integrity_check(1)") is var finding and not "ok")
        {
            throw new StoreException(StoreCode.Corrupt,
                $"'{source}' is damaged ({finding ?? session.Failure?.Message}). Nothing was changed. Save what can be read of it, in a directory of its own: " +
                "plugin-gateway recover --data DIR");
        }

        if (BalanceQuery.Read(session) is { IsExact: false } balance)
            throw new StoreException(StoreCode.Corrupt,
                $"The books of '{source}' do not balance ({balance.Inbound.Missing} inbound, {balance.Outbound.Missing} outbound unaccounted for). Nothing was changed.");
        session.ThrowIfFailed();
    }
}
