namespace PluginGateway.Loading;

/// <summary>Real path of a path, with every symbolic link followed.</summary>
internal static class RealPath
{
    private const int MaxLinks = 40;

    /// <summary>Follows every link in <paramref name="path"/>; parts that do not exist are kept as written.</summary>
    /// <exception cref="IOException">The links go in a circle.</exception>
    public static string Of(string path)
    {
        var rest = new Stack<string>(Parts(Path.GetFullPath(path)).Reverse());
        var real = Path.GetPathRoot(Path.GetFullPath(path))!;
        var links = 0;
        while (rest.TryPop(out var part))
        {
            if (part == "..")
            {
                real = Path.GetDirectoryName(real) ?? real;
                continue;
            }

            var next = Path.Combine(real, part);
            var target = new FileInfo(next).LinkTarget;
            if (target is null)
            {
                real = next;
                continue;
            }

            if (++links > MaxLinks) throw new IOException($"Too many symbolic links in '{path}'.");
            if (Path.IsPathRooted(target)) real = Path.GetPathRoot(target)!;
            foreach (var targetPart in Parts(target).Reverse()) rest.Push(targetPart);
        }

        return real;
    }

    /// <summary>Returns true when <paramref name="path"/> is below <paramref name="folder"/>; both as <see cref="Of"/> returns them.</summary>
    public static bool IsInside(string path, string folder) =>
        path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static IEnumerable<string> Parts(string path) =>
        path.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Where(static part => part != ".");
}
