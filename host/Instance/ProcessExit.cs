using System.Text;
using PluginGateway.Posix;

namespace PluginGateway.Instance;

/// <summary>Ends the process at once: no exit handler, finalizer or foreign thread is waited for. Callers flush before.</summary>
internal static class ProcessExit
{
    private static readonly TimeSpan LastWordTime = TimeSpan.FromMilliseconds(100);
    private static readonly KeptDescriptor StandardError = new(Descriptor.StandardError, DescriptorWatch.Remember);

    /// <summary>Remembers standard error for the last line, before a plugin can replace it.</summary>
    public static void Prepare() => _ = StandardError.Number;

    /// <summary>libc's _exit: does not return. The lock and the listening sockets are freed before: a child that a plugin has forked has inherited
    /// them, and would keep the next gateway from starting.</summary>
    public static void Now(int exitCode)
    {
        InstanceLock.FreeHeld();
        ListeningSockets.Shut();
        LibCProcess.Exit(exitCode);
    }

    /// <summary>Writes a line directly to standard error; gives up if it cannot be written within 0.1 s.</summary>
    public static void WriteLastLine(string line)
    {
        if (StandardError.Current() is >= 0 and var number) Descriptor.TryWrite(number, Encoding.UTF8.GetBytes(line + "\n"), LastWordTime);
    }

    /// <summary>Asks a process to stop, as a service manager does. False if it does not exist or belongs to another user.</summary>
    public static bool Terminate(int pid) => pid > 0 && LibCProcess.Signal(pid, LibCProcess.Terminate);

    /// <summary>Kills a process that did not stop when it was asked to. False if it does not exist or belongs to another user.</summary>
    public static bool Kill(int pid) => pid > 0 && LibCProcess.Signal(pid, LibCProcess.Kill);

    /// <summary>Sends this process a signal number.</summary>
    internal static void Raise(int signal) => LibCProcess.Signal(Environment.ProcessId, signal);

    /// <summary>Lets the kernel end the process (exit by signal 142) after this time, even if no managed thread can run any more; zero takes it
    /// back.</summary>
    internal static void Alarm(uint seconds) => LibCProcess.Alarm(seconds);
}
