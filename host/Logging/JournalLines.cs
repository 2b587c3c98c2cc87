using System.Globalization;
using System.Text;

namespace PluginGateway.Logging;

/// <summary>Lines for the journal of systemd: <c>&lt;4&gt;Supervision: Adapter 'tg' ...</c>. The number is the priority of syslog (sd-daemon(3)), so
/// that <c>journalctl -p warning</c>
/// works; the time is the journal's own.</summary>
internal sealed class JournalLines : ILineFormat
{
    /// <summary>True when descriptor 1 is the journal: $JOURNAL_STREAM names the device and inode of the stream that the service manager connected
    /// (systemd.exec(5)).</summary>
    public static bool IsConnected()
    {
        if (Environment.GetEnvironmentVariable("JOURNAL_STREAM")?.Split(':') is not [_, var inode]) return false;
        try
        {
            return File.ResolveLinkTarget("/proc/self/fd/1", returnFinalTarget: false)?.Name.EndsWith($"[{inode}]", StringComparison.Ordinal) == true;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public string Format(in LogEntry entry)
    {
        var priority = $"<{PriorityOf(entry.Level).ToString(CultureInfo.InvariantCulture)}>";
        var line = new StringBuilder(160).Append(priority).Append(entry.Category).Append(": ");
        Printable.Append(line, entry.Message);
        if (entry.Fault is not { } fault) return line.ToString();
        Printable.Append(line.Append(": "), fault.Type);
        if (fault.FirstLine is { } text) Printable.Append(line.Append(": "), text);
        foreach (var frame in fault.Stack?.Split('\n') ?? []) Printable.Append(line.Append('\n').Append(priority).Append("    "), frame.Trim());
        return line.ToString();
    }

    private static int PriorityOf(LogLevel level) => level switch
    {
        LogLevel.Critical => 2,
        LogLevel.Error => 3,
        LogLevel.Warning => 4,
        LogLevel.Information => 6,
        _ => 7,
    };
}
