using System.Globalization;
using System.Runtime.InteropServices;
using PluginGateway.Posix;
using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Files;

/// <summary>Rescue of a store whose files were replaced or removed: copies accepted messages to where the operator finds them. The process ends
/// afterwards.</summary>
internal static class StoreRescue
{
    /// <summary>Says where everything is. On the writer's thread, outside a transaction; throws nothing.</summary>
    public static string Run(Session session, string path, FileChange change, TimeProvider clock)
    {
        if (!change.IsOpen) return "What was acknowledged before is in its files: start the gateway again.";
        if (!change.IsDeleted)
        {
            // It has a name, here or elsewhere: the log is merged into it, because that may have lost its own.
            var isMerged = session.Scalar<long?>("PRAGMA wal_checkpoint(TRUNCATE)") == 0;
            var failure = session.TakeFailure();
            if (!isMerged) return $"What was accepted could not be merged into the file that was open ({failure?.Message ?? "another program reads it"}): keep it together with its log.";
            return change.IsNamed
                ? "Everything that was accepted is in the database."
                : "Everything that was accepted is in the file that was open, wherever it was moved to.";
        }

        return Copy(session, $"{path}.rescued-{clock.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}");
    }

    private static string Copy(Session session, string copy)
    {
        if (CopyProblem(session, copy) is { } problem) return $"What was in the removed file could not be copied to '{copy}': {problem}";
        FolderSync.Flush(Path.GetDirectoryName(copy)!);
        return $"What was in the removed file was copied to '{copy}'; to go on with it: plugin-gateway restore '{copy}'";
    }

    /// <summary>System calls without exceptions: a plugin's hook for first-chance exceptions would stop the writer's thread before anybody knows of
    /// the loss.</summary>
    private static string? CopyProblem(Session session, string copy)
    {
        var unfinished = copy + ".unfinished";
        using (var file = NativeFile.CreateNew(unfinished, OwnerOnly.File))
        {
            if (file.IsInvalid) return Marshal.GetLastPInvokeErrorMessage();
        }

        if (FileOwner.TryInherit(unfinished) is { } refusal) return refusal;
        session.Execute("VACUUM INTO ?1", unfinished);
        if (session.TakeFailure() is { } failure) return failure.Message;
        if (FileIdentity.Read(copy) is not null) return "a file of that name is there already.";
        return LibCFiles.Move(NativeFile.CurrentFolder, unfinished, copy) ? null : Marshal.GetLastPInvokeErrorMessage();
    }
}
