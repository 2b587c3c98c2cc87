namespace PluginGateway.ProcessTests.Harness;

/// <summary>A control group for one gateway, as a service manager delegates it.</summary>
internal sealed class ControlGroup : IDisposable
{
    private readonly string _folder;

    private ControlGroup(string folder) => _folder = folder;

    /// <summary>Those of workers.</summary>
    public string[] Workers => Directory.GetDirectories(_folder, "worker-*");

    /// <summary>What can be limited in it.</summary>
    public string[] Controllers =>
        File.ReadAllText(Path.Combine(_folder, "cgroup.controllers")).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Null where this user may not make one.</summary>
    public static ControlGroup? TryMake()
    {
        try
        {
            if (File.ReadLines("/proc/self/mounts").Select(static line => line.Split(' '))
                .FirstOrDefault(static fields => fields[2] == "cgroup2") is not [_, var mount, ..])
                return null;
            var own = File.ReadLines("/proc/self/cgroup").FirstOrDefault(static line => line.StartsWith("0::/", StringComparison.Ordinal)) ?? "0::/";
            var folder = Path.Combine(mount, own[4..], $"gateway-test-{Guid.NewGuid():N}");
            foreach (var controller in (string[])["memory", "pids", "cpu"])
                TryGive(Path.Combine(mount, own[4..], "cgroup.subtree_control"), controller);
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

    /// <summary>One that another hierarchy has, or that this group has not, is not to be had.</summary>
    private static void TryGive(string file, string controller)
    {
        try
        {
            File.WriteAllText(file, $"+{controller}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then the test says that it did not see it.
        }
    }

    private bool TryRemove()
    {
        try
        {
            foreach (var left in Directory.GetDirectories(_folder)) Directory.Delete(left);
            Directory.Delete(_folder);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
