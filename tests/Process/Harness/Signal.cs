using System.Runtime.InteropServices;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>The signals an operator or a service manager sends; numbers of Linux.</summary>
public enum Signal
{
    Hangup = 1,
    Interrupt = 2,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}

internal static partial class Libc
{
    public static void Send(int pid, Signal signal)
    {
        if (Kill(pid, (int)signal) != 0) throw new InvalidOperationException($"kill({pid}, {signal}) failed: errno {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
