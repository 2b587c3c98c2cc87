using Microsoft.Data.Sqlite;
using PluginGateway.Posix;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Store.Files;

/// <summary>Contents of a finished copy.</summary>
internal sealed record BackupReport(string File, long Bytes, long Pending, long Owed, Balance Balance);

/// <summary>Copies a store while its gateway runs, from a snapshot: the writer goes on writing to its log meanwhile. The copy is checked and on the
/// disk before it counts.</summary>
internal static class Backup
{
    /// <exception cref="StoreException">Nothing was written; the message says why.</exception>
    public static BackupReport Write(string source, string file, TimeProvider clock)
    {
        var target = Path.GetFullPath(file);
        if (!File.Exists(source)) throw new StoreException(StoreCode.Io, $"There is no store '{source}'.");
        Reserve(target);
        try
        {
            using (var from = ReadOnlySource.Open(Path.GetFullPath(source)))
            {
                Database.RequireOurs(from.Connection, source, Migrations.Embedded.Current);
                CopyTo(target, from.Connection);
            }

            if (Path.GetDirectoryName(target) == Path.GetDirectoryName(Path.GetFullPath(source))) FileOwner.Inherit(target);
            var report = Verify(target, clock);
            Flush(target);
            return report;
        }
        catch (Exception problem)
        {
            File.Delete(target);
            if (problem is StoreException) throw;
            if (problem is not (SqliteException or IOException or UnauthorizedAccessException)) throw;
            throw new StoreException(StoreCode.Io, $"'{source}' cannot be copied to '{target}': {problem.Message}", problem);
        }
    }

    /// <summary>Writes a compact copy into an empty file, without the tickets: a copy may be anywhere, and for years.</summary>
    public static void CopyTo(string target, SqliteConnection from)
    {
        using var copy = from.CreateCommand();
        copy.CommandText = "VACUUM INTO $target";
        copy.Parameters.AddWithValue("$target", target);
        copy.CommandTimeout = 0;
        copy.ExecuteNonQuery();
        using var into = Database.OpenExisting(target);
        if (Database.Number(into, "SELECT count(*) FROM sqlite_schema WHERE name = 'tickets'") > 0)
            Database.Execute(into, "PRAGMA secure_delete=ON; DELETE FROM tickets;");
    }

    /// <summary>Creates the file, empty and for its owner alone. An existing file is never overwritten.</summary>
    private static void Reserve(string target)
    {
        try
        {
            new FileStream(target, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly.File })
                .Dispose();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreCode.Io,
                File.Exists(target) ? $"'{target}' exists; it was left alone. Name a new file." : $"'{target}' cannot be created: {problem.Message}",
                problem);
        }
    }

    /// <exception cref="StoreException">The copy is damaged, or its balance is not exact.</exception>
    public static BackupReport Verify(string target, TimeProvider clock)
    {
        using var session = new Session(Database.OpenReader(target), clock);
        if (session.Scalar<string>("PRAGMA quick_check(1)") is var finding and not "ok")
            throw new StoreException(StoreCode.Corrupt, $"'{target}' is damaged ({finding}); it was deleted. See: plugin-gateway recover --help");
        var balance = BalanceQuery.Read(session);
        session.ThrowIfFailed();
        if (!balance.IsExact) throw new StoreException(StoreCode.Corrupt,
            $"The books of '{target}' do not balance ({balance.Inbound.Missing} inbound, {balance.Outbound.Missing} outbound unaccounted for); it was deleted.");
        return new(target, new FileInfo(target).Length, balance.Inbound.Pending, balance.Outbound.Pending, balance);
    }

    private static void Flush(string target)
    {
        FolderSync.FlushFile(target);
        FolderSync.Flush(Path.GetDirectoryName(target)!);
    }
}
