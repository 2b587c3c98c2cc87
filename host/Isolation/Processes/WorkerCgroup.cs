using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using PluginGateway.Configuration.Options;
using PluginGateway.Posix;

namespace PluginGateway.Isolation.Processes;

/// <summary>Control group of one worker. Every process that the worker starts is in the group, in any session or process group, shares its limits,
/// and is killed with it. Only the monitor's thread, unless stated otherwise.</summary>
internal sealed class WorkerCgroup
{
    private const int Attempts = 100;

    /// <summary>Time between two attempts: killed processes take a moment to be gone.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>The groups of this gateway's workers: beside them there can be those of another gateway.</summary>
    private static readonly ConcurrentDictionary<WorkerCgroup, object?> Present = [];

    private readonly string _folder;

    private WorkerCgroup(string folder) => _folder = folder;

    /// <summary>Puts a process into a new group, before it has started others. No group: the system gives none; a problem: the missing limits, for
    /// the log.</summary>
    public static (WorkerCgroup? Cgroup, string? Problem) Create(int pid, WorkerOptions limits, DelegatedCgroup cgroup)
    {
        if (cgroup.Folder is null) return (null, null);
        var folder = Path.Combine(cgroup.Folder, string.Create(CultureInfo.InvariantCulture, $"{DelegatedCgroup.OfWorker}{pid}"));
        try
        {
            Directory.CreateDirectory(folder);
            // First, so that the process is limited from its first moment in the group.
            var problem = Limit(folder, limits, cgroup.Controllers);
            CgroupFile.Write(Path.Combine(folder, "cgroup.procs"), pid.ToString(CultureInfo.InvariantCulture));
            var created = new WorkerCgroup(folder);
            Present[created] = null;
            return (created, problem);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // The worker then has only its process group, as on other systems.
            CgroupFile.TryRemove(folder);
            return (null, $"it has no control group: {problem.Message}");
        }
    }

    /// <summary>Kills all processes of the group. Any thread, a control thread too: throws nothing, also when the group has been removed.</summary>
    public void Kill() => _ = LibCFiles.WriteTo(Path.Combine(_folder, "cgroup.kill"), "1"u8);

    /// <summary>Ends every process in it, and removes it. The worker process itself must have been reaped.</summary>
    public void Remove()
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (TryRemove()) return;
            Thread.Sleep(Pause);
        }
    }

    /// <summary>Ends the processes in the groups of this gateway's workers and removes the groups: at the gateway's end, when their monitors may
    /// not come to it any more. Blocks until they are gone, or this time is over. Any thread.</summary>
    public static void RemoveAll(TimeSpan atMost)
    {
        for (var start = Stopwatch.GetTimestamp(); !Present.IsEmpty && Stopwatch.GetElapsedTime(start) < atMost; Thread.Sleep(Pause))
        {
            foreach (var (left, _) in Present) left.TryRemove();
        }
    }

    private bool TryRemove()
    {
        Kill();
        if (!CgroupFile.TryRemove(_folder)) return false;
        Present.TryRemove(this, out _);
        return true;
    }

    private static string? Limit(string folder, WorkerOptions limits, IReadOnlyList<string> controllers)
    {
        List<string> problems = [];
        // The bound that each process of it has for itself (WorkerPeer) holds for all of them together.
        if (controllers.Contains(DelegatedCgroup.Memory))
        {
            Set("memory.max", limits.MostBytes);
            // The worker's remaining processes would be of no use without the one that was killed.
            Set("memory.oom.group", 1);
            // The file is missing on a kernel without swap.
            if (File.Exists(Path.Combine(folder, "memory.swap.max"))) Set("memory.swap.max", 0);
        }

        if (controllers.Contains(DelegatedCgroup.Processes)) Set("pids.max", limits.Processes);
        // Between groups the niceness of a process counts for nothing.
        if (controllers.Contains(DelegatedCgroup.Processors)) Set("cpu.weight.nice", limits.Niceness);
        return problems.Count == 0 ? null : $"not all limits of its control group are in force: {string.Join("; ", problems)}";

        void Set(string file, long value)
        {
            try
            {
                CgroupFile.Write(Path.Combine(folder, file), value.ToString(CultureInfo.InvariantCulture));
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                problems.Add($"{file} {value}: {problem.Message}");
            }
        }
    }
}
