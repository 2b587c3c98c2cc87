using System.Globalization;

namespace PluginGateway.Isolation.Processes;

/// <summary>Part of the tree of control groups that the gateway may divide: the gateway in one leaf, each worker in another. The group is divided
/// once, before the first worker is started: the kernel limits the children of a group only while no process is in the group itself.</summary>
internal sealed class DelegatedCgroup
{
    public const string Memory = "memory", Processes = "pids", Processors = "cpu";

    /// <summary>Prefix of the names of workers' groups, before the process id.</summary>
    public const string OfWorker = "worker-";

    private const string OfGateway = "gateway";

    private static readonly (string Controller, string Means)[] Wanted = [
        (Memory, "memory"), (Processes, "processes"), (Processors, "share of the processors")];
    private static readonly Lazy<DelegatedCgroup> Divided = new(DivideOwn);
    private static int _wasSaid;

    private DelegatedCgroup(string? folder, IReadOnlyList<string> controllers, string summary) =>
        (Folder, Controllers, Summary) = (folder, controllers, summary);

    public static DelegatedCgroup OfProcess => Divided.Value;

    /// <summary>Folder in which each worker gets its group; null: no group can be made.</summary>
    public string? Folder { get; }

    /// <summary>Controllers that can limit its groups.</summary>
    public IReadOnlyList<string> Controllers { get; }

    /// <summary>The limits that are in force and those that are not, and why, in one line.</summary>
    public string Summary { get; }

    /// <summary>Divides the group, unless it is divided, and logs the result once. Any thread, before it starts a worker: a child that is started
    /// meanwhile is a process in the group.</summary>
    public static void Prepare(ILogger log)
    {
        var cgroup = OfProcess;
        if (Interlocked.Exchange(ref _wasSaid, 1) == 0) log.WorkersGrouped(cgroup.Summary);
    }

    /// <param name="location">Location of the gateway.</param>
    /// <param name="pid">The gateway.</param>
    /// <param name="write">Writes to the file of a group.</param>
    public static DelegatedCgroup Divide(CgroupLocation location, int pid, Action<string, string> write)
    {
        RemoveLeftBehind(location.Folder);
        if (WhyNoneCanBeMade(location.Folder) is { } none) return Without(none);
        string[] available = [
            .. CgroupFile.Words(Path.Combine(location.Folder, "cgroup.controllers")).Intersect(Wanted.Select(static each => each.Controller))];
        var inhabited = available.Length == 0 ? null : WhyInhabited(location, pid, write);
        List<string> controllers = [], bounded = [], unbounded = [];
        foreach (var (controller, means) in Wanted)
        {
            var problem = !available.Contains(controller)
                ? $"'{controller}' is not delegated"
                : inhabited ?? WhyNotEnabled(location.Folder, controller, write);
            if (problem is null) controllers.Add(controller);
            (problem is null ? bounded : unbounded).Add(problem is null ? means : $"{means} ({problem})");
        }

        return new(location.Folder, controllers,
            $"Workers have control groups beneath '{location.Folder}': whatever they start ends with them; limited there: {Listed(bounded)}; not limited there: {Listed(unbounded)}");
    }

    private static DelegatedCgroup DivideOwn()
    {
        var (location, problem) = CgroupLocation.OfProcess();
        return location is null ? Without(problem!) : Divide(location, Environment.ProcessId, CgroupFile.Write);
    }

    private static DelegatedCgroup Without(string why) =>
        new(null, [], $"Workers have no control groups ({why}): what they start in a session of its own outlives them, and neither the number of processes nor the memory of all together is limited");

    /// <summary>Removes the workers' groups that a killed gateway left behind.</summary>
    private static void RemoveLeftBehind(string folder)
    {
        foreach (var left in Directory.GetDirectories(folder, OfWorker + "*")) CgroupFile.TryRemove(left);
    }

    private static string? WhyNoneCanBeMade(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "cgroup.kill"))) return "this kernel cannot end a group at once: that takes Linux 5.14";
        try
        {
            var trial = Path.Combine(folder, OfWorker + "0");
            Directory.CreateDirectory(trial);
            Directory.Delete(trial);
            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return $"'{folder}' is not delegated to the gateway: {problem.Message.TrimEnd('.')}";
        }
    }

    /// <summary>Moves the gateway out of the group. Other processes in the group are not moved: such a group was not delegated to the gateway
    /// alone.</summary>
    private static string? WhyInhabited(CgroupLocation location, int pid, Action<string, string> write)
    {
        try
        {
            var own = pid.ToString(CultureInfo.InvariantCulture);
            var others = CgroupFile.Words(Path.Combine(location.Folder, "cgroup.procs")).Where(each => each != own).ToArray();
            if (others.Length > 0)
                return $"other processes are in the group: {string.Join(", ", others.Take(3))}{(others.Length > 3 ? " and more" : "")}";
            if (location.IsBeneath) return null;
            var leaf = Path.Combine(location.Folder, OfGateway);
            Directory.CreateDirectory(leaf);
            write(Path.Combine(leaf, "cgroup.procs"), own);
            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return $"the gateway cannot move to a group of its own: {problem.Message.TrimEnd('.')}";
        }
    }

    /// <summary>Enables one controller. Each is written by itself: in a common write, one refused controller would prevent the others.</summary>
    private static string? WhyNotEnabled(string folder, string controller, Action<string, string> write)
    {
        try
        {
            write(Path.Combine(folder, "cgroup.subtree_control"), $"+{controller}");
            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return problem.Message.TrimEnd('.');
        }
    }

    private static string Listed(List<string> names) => names.Count == 0 ? "nothing" : string.Join(", ", names);
}
