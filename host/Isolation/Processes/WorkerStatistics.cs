using System.Globalization;

namespace PluginGateway.Isolation.Processes;

/// <summary>What a worker uses, as the kernel says.</summary>
/// <param name="Memory">Resident bytes; what workers share with each other and the gateway counts in each.</param>
/// <param name="Cpu">Processor time since its start.</param>
internal sealed record WorkerStatistics(long Memory, TimeSpan Cpu)
{
    /// <summary>USER_HZ: what the kernel counts in towards programs, on every Linux.</summary>
    private const double TicksPerSecond = 100;

    private const int UserTime = 14 - 3, SystemTime = 15 - 3;

    /// <summary>Null: there is no such process.</summary>
    public static WorkerStatistics? Of(int pid)
    {
        if (pid <= 0) return null;
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            // Behind the name in brackets begins field 3.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var pages = File.ReadAllText($"/proc/{pid}/statm").Split(' ')[1];
            var ticks = Number(fields[UserTime]) + Number(fields[SystemTime]);
            return new WorkerStatistics(Number(pages) * Environment.SystemPageSize, TimeSpan.FromSeconds(ticks / TicksPerSecond));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
