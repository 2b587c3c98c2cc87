using System.Globalization;
using System.Runtime.InteropServices;

namespace PluginGateway.Posix;

/// <summary>As pid 1 of a container the gateway inherits every process whose parent has ended, and nobody but it can take them off the table when they end. A child that a plugin
/// started is its own to wait for: only what has been dead for a while is taken.</summary>
internal sealed partial class ZombieReaper(Func<IReadOnlyCollection<int>> dead, Action<int> take, TimeProvider clock)
{
    private const int DoNotWait = 1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Cadence = TimeSpan.FromSeconds(2);

    private readonly Dictionary<int, long> _seen = [];
    private long? _looked;

    public ZombieReaper(TimeProvider clock)
        : this(DeadChildren, static pid => _ = waitpid(pid, out _, DoNotWait), clock)
    {
    }

    /// <summary>Takes what has been dead for a while. To be said again and again; looks every 2 s.</summary>
    public void Reap()
    {
        if (_looked is { } last && clock.GetElapsedTime(last) < Cadence) return;
        var now = clock.GetTimestamp();
        _looked = now;
        var found = dead();
        foreach (var gone in _seen.Keys.Except(found).ToArray()) _seen.Remove(gone);
        foreach (var pid in found)
        {
            if (_seen.TryAdd(pid, now) || clock.GetElapsedTime(_seen[pid]) < Patience) continue;
            take(pid);
            _seen.Remove(pid);
        }
    }

    private static List<int> DeadChildren()
    {
        List<int> dead = [];
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && IsDeadChild(folder)) dead.Add(pid);
        }

        return dead;
    }

    private static bool IsDeadChild(string folder)
    {
        try
        {
            var stat = File.ReadAllText(Path.Combine(folder, "stat"));
            // Behind the name in brackets: the state, then the parent.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ', 3);
            return fields is ["Z", var parent, ..] && parent == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc")]
    private static partial int waitpid(int pid, out int status, int options);
}
