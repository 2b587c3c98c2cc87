namespace PluginGateway.Posix;

/// <summary>The descriptors that this process has open.</summary>
internal static class OpenDescriptors
{
    private const string Folder = "/proc/self/fd";

    /// <summary>Their numbers; none where the system does not say.</summary>
    public static IReadOnlyList<int> All()
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(Folder).Select(static entry => int.TryParse(Path.GetFileName(entry), out var number) ? number : -1).Where(static number => number >= 0)];
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>What one means, as the kernel names it: a path, or <c>pipe:[4711]</c>. Empty: it is not open.</summary>
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
