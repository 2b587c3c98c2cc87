using System.Diagnostics;
using System.Globalization;

namespace PluginGateway.Posix;

/// <summary>Identity of a process: its number, and its start, because numbers are used again. <paramref name="Start"/> is opaque: on Linux the boot
/// id and field 22 of /proc/PID/stat (clock ticks since boot), elsewhere the start time.</summary>
internal sealed record ProcessIdentity(int Pid, string Start)
{
    /// <summary>This process.</summary>
    public static ProcessIdentity Current { get; } = Of(Environment.ProcessId) ?? new(Environment.ProcessId, "unknown");

    /// <summary>True while this very process runs.</summary>
    public bool IsRunning => Of(Pid) == this;

    /// <summary>Returns the process that has this number now; null if none has.</summary>
    public static ProcessIdentity? Of(int pid) =>
        (OperatingSystem.IsLinux() ? LinuxStart(pid) : OtherStart(pid)) is { } start ? new(pid, start) : null;

    private static string? LinuxStart(int pid)
    {
        try
        {
            if (ProcessStat.Of(pid) is not { IsDead: false } stat) return null;
            return $"{File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()}/{stat.StartTime}";
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? OtherStart(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return process.StartTime.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);
        }
        catch (Exception problem) when (problem is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
