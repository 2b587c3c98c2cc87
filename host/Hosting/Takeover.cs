using PluginGateway.Control;
using PluginGateway.Instance;
using PluginGateway.Posix;

namespace PluginGateway.Hosting;

/// <summary><c>run --replace</c>: asks the gateway that runs in a data directory to stop, gives it its budget, kills it if it still runs, and
/// takes its lock.</summary>
internal static class Takeover
{
    private static readonly TimeSpan FreedWithin = TimeSpan.FromSeconds(5);

    /// <summary>Several starts at once take each other's place, and the last one runs; so many at the most.</summary>
    private const int MostRounds = 20;

    /// <summary>Takes the lock; null: it could not be taken, and the reason is logged.</summary>
    public static InstanceLock? From(string dataDirectory, TimeProvider clock, ILogger log)
    {
        for (var round = 1; round <= MostRounds; round++)
        {
            if (TryOnce(dataDirectory, clock, log, isFirst: round == 1, out var taken)) return taken;
        }

        return null;
    }

    /// <summary>Tries once to take over. False: the running gateway has ended, and another start was faster.</summary>
    private static bool TryOnce(string dataDirectory, TimeProvider clock, ILogger log, bool isFirst, out InstanceLock? taken)
    {
        taken = null;
        var named = PidFile.Read(dataDirectory)?.Process is { } before ? $"process {before.Pid}" : "another process";
        if (isFirst) log.Replacing(named, dataDirectory);
        else log.ReplacingAgain(named, dataDirectory);
        var asked = new StopClient(dataDirectory, clock).Ask("stop", orBySignal: true);
        switch (asked)
        {
            case { Outcome: StopOutcome.StillRunning, Pid: { } pid } when Holds(pid, dataDirectory) && ProcessExit.Kill(pid):
                log.ReplacedByKill(pid, asked.Seconds);
                break;
            case { Error: { } error }:
                log.NotReplaced(named, error);
                return true;
        }

        var start = clock.GetTimestamp();
        while (clock.GetElapsedTime(start) < FreedWithin)
        {
            // Waits a moment by itself.
            if ((taken = InstanceLock.TryAcquire(dataDirectory)) is not null) return true;
            if (PidFile.Read(dataDirectory)?.Process is { IsRunning: true } now && now.Pid != asked.Pid) return false;
        }

        return true;
    }

    /// <summary>Returns true if the process with this id runs and holds the lock: the pid file of a hostile directory can name any process of this
    /// user.</summary>
    private static bool Holds(int pid, string dataDirectory) =>
        PidFile.Read(dataDirectory)?.Process is { IsRunning: true } named && named.Pid == pid
        && (!OperatingSystem.IsLinux() || LockHolder.Of(DataDirectory.Lock(dataDirectory)) == pid);
}
