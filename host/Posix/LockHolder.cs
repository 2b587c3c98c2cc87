using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace PluginGateway.Posix;

/// <summary>Process that holds the lock on a file, according to the kernel: a file such as <c>gateway.pid</c> can name any process, and only the
/// holder may be sent a signal. Linux only.</summary>
internal static class LockHolder
{
    private const string Locks = "/proc/locks";

    /// <summary>Returns the process id of the holder; null: the lock is free, or its holder is not visible from here.</summary>
    public static int? Of(string path)
    {
        try
        {
            using var file = LockFile.Open(path);
            return InodeOf(file) is { } inode ? Of(File.ReadLines(Locks), inode) : null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Returns the process that holds a lock of flock on that inode, by lines such as <c>1: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0
    /// EOF</c>.</summary>
    internal static int? Of(IEnumerable<string> lines, string inode)
    {
        foreach (var line in lines)
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            // A process that waits for the lock is marked with an arrow behind the number.
            if (fields.Length < 6 || fields[1] != "FLOCK" || fields[3] != "WRITE" || !fields[5].EndsWith(":" + inode, StringComparison.Ordinal))
                continue;
            if (int.TryParse(fields[4], NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && pid > 0) return pid;
        }

        return null;
    }

    private static string? InodeOf(SafeFileHandle file)
    {
        const string field = "ino:";
        var info = $"/proc/self/fdinfo/{file.DangerousGetHandle().ToString(CultureInfo.InvariantCulture)}";
        return File.ReadLines(info).FirstOrDefault(static line => line.StartsWith(field, StringComparison.Ordinal))?[field.Length..].Trim();
    }
}
