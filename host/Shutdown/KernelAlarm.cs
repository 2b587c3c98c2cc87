using PluginGateway.Instance;

namespace PluginGateway.Shutdown;

/// <summary>Alarm of the kernel behind <see cref="ShutdownWatchdog"/>. Armed at the first stop signal only: an alarm that is renewed while running
/// kills a healthy process that was suspended and continued. Does nothing for pid 1.</summary>
internal static class KernelAlarm
{
    /// <summary>Delay of the alarm after the watchdog's.</summary>
    public static readonly TimeSpan AfterWatchdog = TimeSpan.FromSeconds(2);

    /// <summary>Ends the process after this time, rounded up to whole seconds, whatever state it is in.</summary>
    public static void Arm(TimeSpan after) => ProcessExit.Alarm((uint)Math.Max(1, Math.Ceiling(after.TotalSeconds)));
}
