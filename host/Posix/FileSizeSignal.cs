using System.Runtime.InteropServices;

namespace PluginGateway.Posix;

/// <summary>A limit on the size of files (ulimit -f, LimitFSIZE) ends a process by a signal. Ignored, the write fails, and what writes can deal with that.</summary>
internal static partial class FileSizeSignal
{
    private const int Xfsz = 25;
    private const nint IgnoreIt = 1;

    public static void Ignore() => _ = signal(Xfsz, IgnoreIt);

    [LibraryImport("libc")]
    private static partial nint signal(int number, nint handler);
}
