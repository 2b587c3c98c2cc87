using System.Runtime.InteropServices;

namespace PluginGateway.Posix;

/// <summary>Signal of a limit on the size of files (ulimit -f, LimitFSIZE), which ends a process. While it is ignored the write fails instead, and
/// its caller can handle that.</summary>
internal static partial class FileSizeSignal
{
    private const int Xfsz = 25;
    private const nint IgnoreIt = 1;

    public static void Ignore() => _ = signal(Xfsz, IgnoreIt);

    [LibraryImport("libc")]
    private static partial nint signal(int number, nint handler);
}
