using PluginGateway.Posix;
using PluginGateway.Threads;

namespace PluginGateway.Shutdown;

/// <summary>Request for the end of the process: reason and exit code.</summary>
internal sealed record StopRequest(string Reason, int ExitCode);

/// <summary>Requests for the end of the process: of signals, verbs and policies. The first request decides the code; later signals hurry the
/// stop.</summary>
/// <param name="shutdownWatchdog">The watchdog, which a third signal calls.</param>
/// <param name="armAlarm">Called once, by the first request, on its thread, before the stop is visible to others: the kernel's alarm needs neither
/// thread nor memory. Must not block.</param>
/// <param name="armWatchdog">Called once, after the stop has begun: arms the watchdog, which ends the process should nothing else come to it. Must
/// not block.</param>
internal sealed class StopRequests(ShutdownWatchdog shutdownWatchdog, Action? armAlarm = null, Action? armWatchdog = null)
{
    private readonly ManualResetEvent _asked = new(false);
    private StopRequest? _first;
    private int _signals;

    /// <summary>The request that began the stop; null while the gateway runs.</summary>
    public StopRequest? First => Volatile.Read(ref _first);

    /// <summary>True after a second signal: skip to the teardown.</summary>
    public bool IsHurried => Volatile.Read(ref _signals) > 1;

    /// <summary>Requests the stop. Any thread; never blocks. False: another request came first.</summary>
    public bool Ask(string reason, int exitCode)
    {
        var isFirst = Interlocked.CompareExchange(ref _first, new StopRequest(reason, exitCode), null) is null;
        // Each step is guarded by itself: memory or threads may be too short for one of them after a plugin's fault.
        if (isFirst) Try(armAlarm);
        _asked.Set();
        if (isFirst) Try(armWatchdog);
        return isFirst;
    }

    private static void Try(Action? arm)
    {
        try
        {
            arm?.Invoke();
        }
        catch (Exception)
        {
            // The stop goes on, bounded by the alarm or watchdog that could be armed.
        }
    }

    /// <summary>Takes a signal to stop: the first begins the stop, the second hurries it, the third ends the process at once.</summary>
    public void Signal(StopSignal signal)
    {
        if (signal is not (StopSignal.Terminate or StopSignal.Interrupt)) return;
        if (Interlocked.Increment(ref _signals) >= 3) shutdownWatchdog.EndNow("a third signal asked for it");
        else Ask(signal == StopSignal.Terminate ? "SIGTERM" : "SIGINT", ExitCodes.Planned);
    }

    /// <summary>Waits for the first request at most this long.</summary>
    public bool Wait(TimeSpan atMost) => _asked.WaitOne(atMost);
}
