using System.Text.Json;
using System.Text.Json.Serialization;
using PluginGateway.Instance;
using PluginGateway.Posix;
using PluginGateway.Shutdown;

namespace PluginGateway.Control;

/// <summary>Outcome of a <c>stop</c> or a <c>restart</c>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StopOutcome>))]
internal enum StopOutcome
{
    [JsonStringEnumMemberName("stopped")]
    Stopped,

    [JsonStringEnumMemberName("restarted")]
    Restarted,

    /// <summary>The lock was free: no gateway ran.</summary>
    [JsonStringEnumMemberName("notRunning")]
    NotRunning,

    /// <summary>The gateway was asked, and still holds the lock after budget and grace.</summary>
    [JsonStringEnumMemberName("stillRunning")]
    StillRunning,

    /// <summary>The gateway could not be asked, or refused.</summary>
    [JsonStringEnumMemberName("notAsked")]
    NotAsked,
}

/// <summary>Output of <c>stop --json</c> and <c>restart --json</c>. <paramref name="Via"/>: "control" or "signal".</summary>
internal sealed record StopResult(StopOutcome Outcome, int? Pid, double Seconds, string? Via, string? Error, ShutdownReport? Shutdown);

/// <summary>Asks a running gateway to stop and waits until it has: until the kernel frees its lock, or its process is gone.</summary>
internal sealed class StopClient(string dataDirectory, TimeProvider clock)
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(50);

    /// <summary>Time for which the request is repeated while the holder of the lock cannot be asked: that gateway may have just started, or its
    /// predecessor just ended.</summary>
    private static readonly TimeSpan AskAgainFor = TimeSpan.FromSeconds(5);

    /// <summary>Time added for the kernel alarm behind the watchdog, and for the answer.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(3);

    /// <summary>Budget and grace of a gateway that could not say its own.</summary>
    private static readonly StopAccepted Defaults = new(20, 5);

    private ProcessIdentity? _asked;

    /// <summary>Asks for the stop and waits for the end of the process. While no process can be asked, the request is repeated for 5 s.</summary>
    /// <param name="verb">"stop" or "restart".</param>
    /// <param name="orBySignal">True: a gateway that does not answer is sent SIGTERM.</param>
    public StopResult Ask(string verb, bool orBySignal)
    {
        var start = clock.GetTimestamp();
        while (true)
        {
            var result = TryAsk(verb, orBySignal, out var isRefused);
            if (result.Outcome != StopOutcome.NotAsked || isRefused || clock.GetElapsedTime(start) >= AskAgainFor) return result;
            Thread.Sleep(LookAgainAfter);
        }
    }

    private StopResult TryAsk(string verb, bool orBySignal, out bool isRefused)
    {
        isRefused = false;
        if (!InstanceLock.IsHeld(dataDirectory)) return new(StopOutcome.NotRunning, null, 0, null, null, null);
        var asked = clock.GetUtcNow();
        var start = clock.GetTimestamp();
        var file = PidFile.Read(dataDirectory);
        var pid = _asked = file?.Process;
        // A process of another pid namespace cannot be seen from here; then only the lock shows its end.
        var visible = pid is { IsRunning: true } ? pid : null;
        var response = ControlClient.Ask(dataDirectory, verb, null, ControlClient.Patience);
        isRefused = response.Answered && response.Error is not null;
        if (isRefused) return NotAsked(response.Error!);
        if (!response.Answered && !orBySignal)
            return NotAsked(
                $"control.sock gives no answer ({response.Error}), and a signal cannot ask for a restart: use 'stop', or the service manager.");
        if (!response.Answered && (visible is not { IsRunning: true } || !IsHolder(visible) || !ProcessExit.Terminate(visible.Pid)))
            return NotAsked(
                $"control.sock gives no answer ({response.Error}), and gateway.pid names no process that holds gateway.lock and can be sent SIGTERM from here.");

        var byFile = file?.StopSeconds is { } seconds ? new StopAccepted(seconds, 0) : Defaults;
        var accepted = response.Result is { } json ? JsonSerializer.Deserialize(json, ControlMetadata.Default.StopAccepted) ?? byFile : byFile;
        var limit = TimeSpan.FromSeconds(accepted.BudgetSeconds + accepted.GraceSeconds) + Margin;
        var via = response.Answered ? "control" : "signal";
        while (InstanceLock.IsHeld(dataDirectory) && visible is not { IsRunning: false })
        {
            if (clock.GetElapsedTime(start) > limit) return new(StopOutcome.StillRunning, pid?.Pid, Seconds(), via, StillThere(pid), null);
            Thread.Sleep(LookAgainAfter);
        }

        var report = ShutdownReport.Read(dataDirectory);
        return new(StopOutcome.Stopped, pid?.Pid, Seconds(), via, null, report?.StartedUtc >= asked - Margin ? report : null);

        double Seconds() => Math.Round(clock.GetElapsedTime(start).TotalSeconds, 3);
        StopResult NotAsked(string error) => new(StopOutcome.NotAsked, pid?.Pid, Seconds(), null, error, null);
    }

    /// <summary>Waits until another process than the one that was asked holds the lock.</summary>
    public bool RunsAgain(TimeSpan atMost)
    {
        var start = clock.GetTimestamp();
        while (clock.GetElapsedTime(start) < atMost)
        {
            if (InstanceLock.IsHeld(dataDirectory) && PidFile.Read(dataDirectory)?.Process is { } now && now != _asked) return true;
            Thread.Sleep(LookAgainAfter);
        }

        return false;
    }

    /// <summary>Returns true if the process holds the lock: any process that can write in the directory can write the pid file, so only the holder is
    /// sent a signal.</summary>
    private bool IsHolder(ProcessIdentity named) => !OperatingSystem.IsLinux() || LockHolder.Of(DataDirectory.Lock(dataDirectory)) == named.Pid;

    private static string StillThere(ProcessIdentity? pid) =>
        $"It did not end within budget and grace; it may be suspended. Nothing accepted is lost by killing it: kill -KILL {(pid is null ? "PID" : pid.Pid.ToString(System.Globalization.CultureInfo.InvariantCulture))}";
}
