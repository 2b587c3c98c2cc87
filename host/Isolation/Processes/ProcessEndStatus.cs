namespace PluginGateway.Isolation.Processes;

/// <summary>End of a process.</summary>
/// <param name="Signal">The signal that ended it; 0: it exited.</param>
/// <param name="Code">Its exit code, where no signal ended it.</param>
internal sealed record ProcessEndStatus(int Signal, int Code)
{
    private static readonly Dictionary<int, string> Names = new()
    {
        [4] = "SIGILL",
        [5] = "SIGTRAP",
        [6] = "SIGABRT: a failure it gave up over, or a stack overflow",
        [7] = "SIGBUS",
        [8] = "SIGFPE",
        [9] = "SIGKILL",
        [11] = "SIGSEGV: a crash in native code",
        [13] = "SIGPIPE",
        [15] = "SIGTERM",
        [24] = "SIGXCPU",
        [25] = "SIGXFSZ",
        [31] = "SIGSYS",
    };

    /// <param name="status">The status of waitpid; null: the process was reaped elsewhere.</param>
    public static ProcessEndStatus Of(int? status) => status is { } known ? new(known & 0x7F, (known >> 8) & 0xFF) : new(0, -1);

    /// <summary>Returns the rest of a sentence that begins with "its process".</summary>
    public string Describe() => this switch
    {
        { Signal: > 0 } => $"was ended by signal {Signal} ({Names.GetValueOrDefault(Signal, "no usual one")})",
        { Code: -1 } => "is gone",
        _ => $"ended with exit code {Code}",
    };
}
