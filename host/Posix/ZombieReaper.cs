using System.Globalization;

namespace PluginGateway.Posix;

/// <summary>Reaper of processes inherited as pid 1 of a container: the gateway is the parent of every process whose own parent has ended. A plugin
/// must be able to wait for a child that it started: only zombies older than 5 s are reaped.</summary>
internal sealed class ZombieReaper(Func<IReadOnlyCollection<int>> dead, Action<int> take, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Cadence = TimeSpan.FromSeconds(2);

    private readonly Dictionary<int, long> _seen = [];
    private long? _looked;

    public ZombieReaper(TimeProvider clock)
        : this(DeadChildren, LibCProcess.ReapNow, clock)
    {
    }

    /// <summary>Reaps zombies of some age. To be called again and again; looks every 2 s.</summary>
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
            var name = Path.GetFileName(folder);
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && IsDeadChild(pid)) dead.Add(pid);
        }

        return dead;
    }

    private static bool IsDeadChild(int pid) => ProcessStat.Of(pid) is { IsZombie: true } stat && stat.Parent == Environment.ProcessId;
}
