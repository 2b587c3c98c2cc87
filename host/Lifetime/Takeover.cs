using PluginGateway.Cli;

namespace PluginGateway.Lifetime;

/// <summary><c>run --replace</c>: asks the gateway that runs in a data directory to stop, gives it its budget, kills it if it still runs, and takes its lock.</summary>
internal static class Takeover
{
    private static readonly TimeSpan FreedWithin = TimeSpan.FromSeconds(5);

    /// <summary>The lock; null: it could not be had, and the log says why.</summary>
    public static InstanceLock? From(string dataDirectory, TimeProvider clock, ILogger log)
    {
        var holder = PidFile.Read(dataDirectory)?.Process;
        var named = holder is null ? "another process" : $"process {holder.Pid}";
        log.Replacing(named, dataDirectory);
        var asked = new Stopping(dataDirectory, clock).Ask("stop", orBySignal: true);
        switch (asked)
        {
            case { Outcome: StopOutcome.StillRunning } when holder is { IsRunning: true } && IsHolder(holder, dataDirectory) && ProcessEnd.Kill(holder.Pid):
                log.ReplacedByKill(holder.Pid, asked.Seconds);
                break;
            case { Error: { } error }:
                log.NotReplaced(named, error);
                return null;
        }

        var start = clock.GetTimestamp();
        while (clock.GetElapsedTime(start) < FreedWithin)
        {
            // Waits a moment by itself.
            if (InstanceLock.TryAcquire(dataDirectory) is { } taken) return taken;
        }

        return null;
    }

    /// <summary>The file of a hostile directory can name any process of ours.</summary>
    private static bool IsHolder(ProcessIdentity named, string dataDirectory) => !OperatingSystem.IsLinux() || LockHolder.Of(DataDirectory.Lock(dataDirectory)) == named.Pid;
}
