namespace PluginGateway.Posix;

/// <summary>The descriptors that this process has open.</summary>
internal static class OpenDescriptors
{
    private const string Folder = "/proc/self/fd";

    /// <summary>Returns the numbers of the open descriptors; empty where the system does not list them.</summary>
    public static IReadOnlyList<int> All()
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(Folder)
                .Select(static entry => int.TryParse(Path.GetFileName(entry), out var number) ? number : -1).Where(static number => number >= 0)];
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>Returns the kernel's name of a descriptor: a path, or <c>pipe:[4711]</c>. Empty: it is not open.</summary>
    public static string NameOf(int descriptor)
    {
        try
        {
            return new FileInfo($"{Folder}/{descriptor}").LinkTarget ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }
}
