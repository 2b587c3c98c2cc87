using System.Globalization;
using PluginGateway.Posix;

namespace PluginGateway.Store.Files;

/// <summary>Puts another database into the place of a store that no gateway has open. Nothing is deleted: the old store is kept under another name.
/// After an interruption the next start finishes the swap: an old file without its log, or none at all, is never taken for the store.</summary>
internal static class StoreSwap
{
    public const string Damaged = "damaged", BeforeRestore = "before-restore";

    /// <summary>Swaps the files and returns the path under which the old store is kept; null when there was none.</summary>
    /// <param name="path">The store.</param>
    /// <param name="fresh">A complete database on the same disk, flushed.</param>
    /// <param name="why">Part of the old store's new name: one of the constants.</param>
    public static string? Run(string path, string fresh, string why)
    {
        // The modification time of the new file names the old one.
        while (File.Exists(KeptOf(path, why, fresh))) File.SetLastWriteTimeUtc(fresh, File.GetLastWriteTimeUtc(fresh).AddSeconds(1));
        var kept = File.Exists(path) ? KeptOf(path, why, fresh) : null;
        File.Move(fresh, ReplacementOf(path, why), overwrite: true);
        FolderSync.Flush(Path.GetDirectoryName(path)!);
        Finish(path, why);
        return kept;
    }

    /// <summary>Finishes an interrupted swap, if there is one.</summary>
    public static void FinishInterrupted(string path)
    {
        foreach (var why in (string[])[Damaged, BeforeRestore])
        {
            if (File.Exists(ReplacementOf(path, why))) Finish(path, why);
        }
    }

    private static string ReplacementOf(string path, string why) => $"{path}.{why}.replacement";

    private static string KeptOf(string path, string why, string replacement) =>
        $"{path}.{why}-{File.GetLastWriteTimeUtc(replacement).ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}";

    private static void Finish(string path, string why)
    {
        var replacement = ReplacementOf(path, why);
        var kept = KeptOf(path, why, replacement);
        foreach (var file in (string[])[.. StoreFile.SideFiles, ""])
        {
            if (File.Exists(path + file)) File.Move(path + file, kept + file);
        }

        File.Move(replacement, path);
        FolderSync.Flush(Path.GetDirectoryName(path)!);
    }
}
