using System.Globalization;

namespace PluginGateway.Posix;

/// <summary>/proc/PID/stat: state of a process from the kernel. Times are in ticks.</summary>
internal sealed class ProcessStat
{
    /// <summary>Field 2 is the name in brackets and may itself hold spaces and brackets; field 3 follows the last one.</summary>
    private const int First = 3;

    private readonly string[] _fields;

    private ProcessStat(string text) => _fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');

    /// <summary>The process has ended and waits for its parent, or is just ending.</summary>
    public bool IsDead => _fields[0] is "Z" or "X";

    /// <summary>The process has ended, and its parent has not reaped it.</summary>
    public bool IsZombie => _fields[0] == "Z";

    public int Parent => int.Parse(Field(4), CultureInfo.InvariantCulture);

    public long UserTime => long.Parse(Field(14), CultureInfo.InvariantCulture);

    public long SystemTime => long.Parse(Field(15), CultureInfo.InvariantCulture);

    /// <summary>Since boot.</summary>
    public string StartTime => Field(22);

    /// <summary>Null: there is no such process, or it cannot be read.</summary>
    public static ProcessStat? Of(int pid) =>
        ProcFile.Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat")) is { } text ? new(text) : null;

    private string Field(int number) => _fields[number - First];
}
