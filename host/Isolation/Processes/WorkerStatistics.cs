using System.Globalization;
using PluginGateway.Posix;

namespace PluginGateway.Isolation.Processes;

/// <summary>Resources that a worker uses, from the kernel.</summary>
/// <param name="Memory">Resident bytes; what workers share with each other and the gateway counts in each.</param>
/// <param name="Cpu">Processor time since its start.</param>
internal sealed record WorkerStatistics(long Memory, TimeSpan Cpu)
{
    /// <summary>USER_HZ: the unit of times in /proc, on every Linux.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>Null: there is no such process.</summary>
    public static WorkerStatistics? Of(int pid)
    {
        if (pid <= 0 || ProcessStat.Of(pid) is not { } stat
            || ProcFile.Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/statm")) is not { } sizes)
            return null;
        var pages = long.Parse(sizes.Split(' ')[1], CultureInfo.InvariantCulture);
        return new WorkerStatistics(pages * Environment.SystemPageSize, TimeSpan.FromSeconds((stat.UserTime + stat.SystemTime) / TicksPerSecond));
    }
}
