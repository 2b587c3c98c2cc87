namespace PluginGateway.ProcessTests.Harness;

/// <summary>A control group for one gateway, as a service manager delegates it.</summary>
internal sealed class ControlGroup : IDisposable
{
    private readonly string _folder;

    private ControlGroup(string folder) => _folder = folder;

    /// <summary>Those that were made in it.</summary>
    public string[] Folders => Directory.GetDirectories(_folder);

    /// <summary>Null where this user may not make one.</summary>
    public static ControlGroup? TryMake()
    {
        try
        {
            if (File.ReadLines("/proc/self/mounts").Select(static line => line.Split(' ')).FirstOrDefault(static fields => fields[2] == "cgroup2") is not [_, var mount, ..]) return null;
            var own = File.ReadLines("/proc/self/cgroup").FirstOrDefault(static line => line.StartsWith("0::/", StringComparison.Ordinal)) ?? "0::/";
            var folder = Path.Combine(mount, own[4..], $"gateway-test-{Guid.NewGuid():N}");
            Directory.CreateDirectory(folder);
            return File.Exists(Path.Combine(folder, "cgroup.kill")) ? new ControlGroup(folder) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Add(int pid) => File.WriteAllText(Path.Combine(_folder, "cgroup.procs"), $"{pid}");

    public void Dispose()
    {
        Bound.Until(TryRemove, Bound.Command, () => $"{_folder} cannot be removed");
    }

    private bool TryRemove()
    {
        try
        {
            foreach (var left in Folders) Directory.Delete(left);
            Directory.Delete(_folder);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
