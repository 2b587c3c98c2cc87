using System.Globalization;
using System.Text;

namespace PluginGateway.Logging;

/// <summary>Log lines as text: <c>2026-06-01 17:36:24.123 +02:00 info  Supervision  Adapter 'web' (WebChat): connected</c>.
/// Local time with its offset, so that lines of two machines or of a change to summer time can be ordered.</summary>
internal sealed class TextLines(bool colour) : ILineFormat
{
    public string Format(in LogEntry entry)
    {
        var line = new StringBuilder(160);
        Paint(line, "2", entry.Time.ToString("yyyy-MM-dd HH:mm:ss.fff zzz", CultureInfo.InvariantCulture)).Append(' ');
        Paint(line, LevelColour(entry.Level), entry.LevelName.PadRight(5)).Append(' ');
        Paint(line, "2", entry.Category.PadRight(11)).Append("  ");
        Printable.Append(line, entry.Message);
        if (entry.Fault is { } fault) Append(line, fault);
        return line.ToString();
    }

    private static void Append(StringBuilder line, LoggedFault fault)
    {
        Printable.Append(line.Append(": "), fault.Type);
        if (fault.FirstLine is { } text) Printable.Append(line.Append(": "), text);
        if (fault.Stack is null) return;
        foreach (var frame in fault.Stack.Split('\n')) Printable.Append(line.Append("\n    "), frame.Trim());
    }

    private StringBuilder Paint(StringBuilder line, string? code, string text) =>
        colour && code is not null ? line.Append("\u001b[").Append(code).Append('m').Append(text).Append("\u001b[0m") : line.Append(text);

    private static string? LevelColour(LogLevel level) => level switch
    {
        LogLevel.Warning => "33",
        LogLevel.Error => "31",
        LogLevel.Critical => "1;31",
        LogLevel.Information => "32",
        _ => "2",
    };
}
