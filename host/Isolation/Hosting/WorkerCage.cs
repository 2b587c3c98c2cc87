using System.Globalization;

namespace PluginGateway.Isolation.Hosting;

/// <summary>A control group of a worker's own: whatever the worker starts is in it, in whichever session or group of processes, and ends with one order. Only where the gateway may make one: a service manager has
/// delegated its control group to it. Only the keeper's thread.</summary>
internal sealed class WorkerCage
{
    private const string Kind = "cgroup2";
    private const int Attempts = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly string? Own = FindOwn();

    private readonly string _folder;

    private WorkerCage(string folder) => _folder = folder;

    /// <summary>Puts a process into one, before it has started anything; null: there is none to be had.</summary>
    public static WorkerCage? Around(int pid)
    {
        if (Own is null) return null;
        var folder = Path.Combine(Own, string.Create(CultureInfo.InvariantCulture, $"worker-{pid}"));
        try
        {
            Directory.CreateDirectory(folder);
            if (File.Exists(Path.Combine(folder, "cgroup.kill")))
            {
                File.WriteAllText(Path.Combine(folder, "cgroup.procs"), pid.ToString(CultureInfo.InvariantCulture));
                return new WorkerCage(folder);
            }

            Directory.Delete(folder);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // Then there is the group of processes, as everywhere.
        }

        return null;
    }

    /// <summary>Ends everything that is in it, and takes it away. The process itself must be off the table.</summary>
    public void Remove()
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            try
            {
                File.WriteAllText(Path.Combine(_folder, "cgroup.kill"), "1");
                Directory.Delete(_folder);
                return;
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                // What has been killed takes a moment to be gone.
                Thread.Sleep(Pause);
            }
        }
    }

    /// <summary>Where the gateway itself is; the root of all is nobody's to divide.</summary>
    private static string? FindOwn()
    {
        try
        {
            var own = File.ReadLines("/proc/self/cgroup").FirstOrDefault(static line => line.StartsWith("0::/", StringComparison.Ordinal))?[4..];
            var mount = File.ReadLines("/proc/self/mounts").Select(static line => line.Split(' ')).FirstOrDefault(static fields => fields is [_, _, Kind, ..])?[1];
            return string.IsNullOrEmpty(own) || mount is null || !Directory.Exists(Path.Combine(mount, own)) ? null : Path.Combine(mount, own);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
