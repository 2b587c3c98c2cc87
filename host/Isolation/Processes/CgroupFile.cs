using System.Text;

namespace PluginGateway.Isolation.Processes;

/// <summary>Files of a control group. The kernel makes them: a missing one cannot be created, and each write is accepted or refused at
/// once.</summary>
internal static class CgroupFile
{
    /// <exception cref="IOException">The file does not exist, or the kernel refuses the write.</exception>
    /// <exception cref="UnauthorizedAccessException">It is not this user's to write.</exception>
    public static void Write(string path, string text)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(file, Encoding.ASCII.GetBytes(text), 0);
    }

    /// <summary>Words of the file, split at spaces and line ends; empty where there is no such file.</summary>
    public static IReadOnlyList<string> Words(string path) =>
        File.Exists(path) ? File.ReadAllText(path).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries) : [];

    /// <summary>Removes a group and those beneath it. False: it still has processes.</summary>
    public static bool TryRemove(string folder)
    {
        try
        {
            foreach (var inner in Directory.GetDirectories(folder)) TryRemove(inner);
            Directory.Delete(folder);
            return true;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return !Directory.Exists(folder);
        }
    }
}
