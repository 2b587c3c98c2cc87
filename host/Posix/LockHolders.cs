using System.Globalization;

namespace PluginGateway.Posix;

/// <summary>Processes that have a lock file open: a child that a plugin has forked keeps the lock of a gateway that has ended.</summary>
internal static class LockHolders
{
    /// <summary>Returns the processes as text; null: none that this user may inspect.</summary>
    public static string? Of(string path)
    {
        var full = Path.GetFullPath(path);
        string[] holders = [.. Processes().Where(process => process != Environment.ProcessId && HasOpen(process, full)).Select(Describe)];
        return holders.Length == 0
            ? null
            : $"{string.Join(", ", holders)} (not a gateway that says so in its pid file: perhaps a child of one that has ended)";
    }

    private static IEnumerable<int> Processes()
    {
        try
        {
            return Directory.EnumerateDirectories("/proc")
                .Select(static entry => int.TryParse(Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
                .Where(static id => id > 0);
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static bool HasOpen(int process, string path)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Any(entry => new FileInfo(entry).LinkTarget == path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string Describe(int process)
    {
        try
        {
            return $"process {process} ('{File.ReadAllText($"/proc/{process}/comm").Trim()}')";
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return $"process {process}";
        }
    }
}
