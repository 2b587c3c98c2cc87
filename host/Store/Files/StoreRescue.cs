using System.Globalization;
using PluginGateway.Posix;
using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Files;

/// <summary>What is done with a store whose files were replaced or removed: what was accepted is brought to where somebody finds it. The process ends afterwards.</summary>
internal static class StoreRescue
{
    /// <summary>Says where everything is. On the writer's thread, outside a transaction.</summary>
    public static string Run(Session session, string path, FileChange change, TimeProvider clock)
    {
        if (!change.IsOpen) return "What was acknowledged before is in its files: start the gateway again.";
        if (!change.IsDeleted)
        {
            // It has a name, here or elsewhere: the log is merged into it, because that may have lost its own.
            var isMerged = session.Scalar<long?>("PRAGMA wal_checkpoint(TRUNCATE)") == 0;
            var failure = session.TakeFailure();
            if (!isMerged) return $"What was accepted could not be merged into the file that was open ({failure?.Message ?? "another program reads it"}): keep it together with its log.";
            return change.IsNamed ? "Everything that was accepted is in the database." : "Everything that was accepted is in the file that was open, wherever it was moved to.";
        }

        return Copy(session, $"{path}.rescued-{clock.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}");
    }

    private static string Copy(Session session, string copy)
    {
        var unfinished = copy + ".unfinished";
        try
        {
            Database.CreatePrivate(unfinished);
            session.Execute("VACUUM INTO ?1", unfinished);
            if (session.TakeFailure() is { } problem) return $"What was in the removed file could not be copied to '{copy}': {problem.Message}";
            File.Move(unfinished, copy);
            FolderSync.Flush(Path.GetDirectoryName(copy)!);
            return $"What was in the removed file was copied to '{copy}'; to go on with it: plugin-gateway restore '{copy}'";
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return $"What was in the removed file could not be copied to '{copy}': {problem.Message}";
        }
    }
}
