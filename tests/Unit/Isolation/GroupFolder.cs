namespace PluginGateway.Tests.Isolation;

/// <summary>A folder that looks like a control group, and takes what is written to it as one does: the files are there already, and some things are
/// refused.</summary>
internal sealed class GroupFolder : IDisposable
{
    public GroupFolder(string controllers = "cpuset cpu io memory pids", params int[] processes)
    {
        Files(Path, "cgroup.kill", "cgroup.subtree_control");
        File.WriteAllText(At("cgroup.controllers"), controllers + "\n");
        File.WriteAllText(At("cgroup.procs"), string.Concat(processes.Select(static pid => $"{pid}\n")));
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("gw-group-").FullName;

    /// <summary>What was written, in order, with paths from here.</summary>
    public List<string> Written { get; } = [];

    /// <summary>What is not taken.</summary>
    public Func<string, string, bool> Refuses { get; set; } = static (_, _) => false;

    public string At(params string[] names) => System.IO.Path.Combine([Path, .. names]);

    /// <summary>A child with files in it, as the kernel makes them.</summary>
    public void Child(string name, params string[] files) => Files(Directory.CreateDirectory(At(name)).FullName, files);

    public void Write(string path, string text)
    {
        if (Refuses(path, text)) throw new IOException("Device or resource busy");
        Written.Add($"{System.IO.Path.GetRelativePath(Path, path)} = {text}");
    }

    public string Read(params string[] names) => File.ReadAllText(At(names));

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static void Files(string folder, params string[] names)
    {
        foreach (var name in names) File.WriteAllText(System.IO.Path.Combine(folder, name), "");
    }
}
