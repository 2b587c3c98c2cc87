using PluginGateway.Control;
using PluginGateway.Instance;
using PluginGateway.Posix;

namespace PluginGateway.Hosting;

/// <summary><c>run --replace</c>: asks the gateway that runs in a data directory to stop, gives it its budget, kills it if it still runs, and
/// takes its lock.</summary>
internal static class Takeover
{
    private static readonly TimeSpan FreedWithin = TimeSpan.FromSeconds(5);

    /// <summary>How long a gateway that was faster may take until it can be asked.</summary>
    private static readonly TimeSpan HeardWithin = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(100);

    /// <summary>Several starts at once take each other's place, and the last one runs; so many at the most.</summary>
    private const int MostRounds = 20;

    /// <summary>The lock; null: it could not be had, and the log says why.</summary>
    public static InstanceLock? From(string dataDirectory, TimeProvider clock, ILogger log)
    {
        for (var round = 1; round <= MostRounds; round++)
        {
            if (TryOnce(dataDirectory, clock, log, isFirst: round == 1, out var taken)) return taken;
        }

        return null;
    }

    /// <summary>False: the one that ran has ended, and another start was faster.</summary>
    private static bool TryOnce(string dataDirectory, TimeProvider clock, ILogger log, bool isFirst, out InstanceLock? taken)
    {
        taken = null;
        var holder = PidFile.Read(dataDirectory)?.Process;
        var named = holder is null ? "another process" : $"process {holder.Pid}";
        if (isFirst) log.Replacing(named, dataDirectory);
        else log.ReplacingAgain(named, dataDirectory);
        var start = clock.GetTimestamp();
        var asked = new StopClient(dataDirectory, clock).Ask("stop", orBySignal: true);
        // One that has just started cannot be asked yet.
        while (!isFirst && asked.Error is not null && asked.Outcome == StopOutcome.NotAsked && clock.GetElapsedTime(start) < HeardWithin)
        {
            Thread.Sleep(AskAgainAfter);
            asked = new StopClient(dataDirectory, clock).Ask("stop", orBySignal: true);
        }

        switch (asked)
        {
            case { Outcome: StopOutcome.StillRunning } when holder is { IsRunning: true } && IsHolder(holder, dataDirectory) && ProcessExit.Kill(holder.Pid):
                log.ReplacedByKill(holder.Pid, asked.Seconds);
                break;
            case { Error: { } error }:
                log.NotReplaced(named, error);
                return true;
        }

        start = clock.GetTimestamp();
        while (clock.GetElapsedTime(start) < FreedWithin)
        {
            // Waits a moment by itself.
            if ((taken = InstanceLock.TryAcquire(dataDirectory)) is not null) return true;
            if (PidFile.Read(dataDirectory)?.Process is { IsRunning: true } now && now != holder) return false;
        }

        return true;
    }

    /// <summary>The file of a hostile directory can name any process of ours.</summary>
    private static bool IsHolder(ProcessIdentity named, string dataDirectory) => !OperatingSystem.IsLinux() || LockHolder.Of(DataDirectory.Lock(dataDirectory)) == named.Pid;
}
