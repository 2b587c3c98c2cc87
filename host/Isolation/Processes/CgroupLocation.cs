using PluginGateway.Posix;

namespace PluginGateway.Isolation.Processes;

/// <summary>Location of this process in the tree of control groups (cgroup v2).</summary>
/// <param name="Folder">The group that the gateway may divide, if it is delegated.</param>
/// <param name="IsBeneath">True when the process is in a child of that group already, not in the group itself.</param>
internal sealed record CgroupLocation(string Folder, bool IsBeneath)
{
    private const string Kind = "cgroup2";

    /// <summary>Group of a delegated group in which the service manager keeps the processes that it starts itself.</summary>
    private const string OfServiceManager = ".control";

    /// <summary>Returns the location of this process, or the reason why it cannot be used.</summary>
    public static (CgroupLocation? Place, string? Problem) OfProcess()
    {
        try
        {
            var path = File.ReadLines("/proc/self/cgroup").FirstOrDefault(static line => line.StartsWith("0::/", StringComparison.Ordinal))?[4..];
            var mount = File.ReadLines("/proc/self/mounts").Select(static line => line.Split(' '))
                .FirstOrDefault(static fields => fields is [_, _, Kind, ..])?[1];
            if (path is null || mount is null) return (null, "this system has none (cgroup v2)");
            var own = Path.Combine(mount, path);
            // The root of all has no type, and cannot be divided.
            if (!File.Exists(Path.Combine(own, "cgroup.type"))) return (null, $"the gateway is in '/{path}', which cannot be divided");
            return (path.Length > 0 && Path.GetDirectoryName(own) is { } parent && IsGivenTo(own, parent)
                ? new CgroupLocation(parent, true)
                : new CgroupLocation(own, false), null);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return (null, problem.Message);
        }
    }

    /// <summary>Returns true if the parent group is delegated: a service manager that starts the gateway in a child of a delegated group (systemd:
    /// DelegateSubgroup) marks that group, and has no other children in it.</summary>
    private static bool IsGivenTo(string own, string parent)
    {
        return PathFacts.Attribute(parent, "user.delegate") == (byte)'1'
            && Directory.EnumerateDirectories(parent).All(folder => folder == own || Path.GetFileName(folder) is var name
                && (name == OfServiceManager || name.StartsWith(DelegatedCgroup.OfWorker, StringComparison.Ordinal)));
    }
}
