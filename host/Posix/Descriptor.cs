using System.Runtime.InteropServices;

namespace PluginGateway.Posix;

/// <summary>Writes to a file descriptor with write(2). <see cref="Console"/> is shared with plugins, which can lock or replace it, and a FileStream keeps a position of
/// its own, which overwrites what others write to the same file.</summary>
internal static partial class Descriptor
{
    public const int StandardOutput = 1;
    public const int StandardError = 2;

    private const int Interrupted = 4;
    private const short Writable = 4;
    private const int DuplicateAndCloseOnExec = 1030;
    private static readonly int WouldBlock = OperatingSystem.IsMacOS() ? 35 : 11;

    /// <summary>Whether a person is looking at it.</summary>
    public static bool IsTerminal(int descriptor) => isatty(descriptor) == 1;

    /// <summary>Whether coloured output is welcome there (https://no-color.org).</summary>
    public static bool WantsColour(int descriptor) => IsTerminal(descriptor) && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <summary>A copy that a plugin cannot close by its well-known number, and that child processes do not inherit; -1 if there is nothing open under that number.</summary>
    public static int Duplicate(int descriptor) =>
        // fcntl has a variable argument list, which macOS on arm64 passes differently.
        OperatingSystem.IsLinux() ? fcntl(descriptor, DuplicateAndCloseOnExec, 3) : descriptor;

    /// <summary>Writes everything, for as long as it takes. False if the other end is gone.</summary>
    public static bool Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var written = write(descriptor, bytes, (nuint)bytes.Length);
            if (written >= 0)
            {
                bytes = bytes[(int)written..];
                continue;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error == WouldBlock) WaitUntilWritable(descriptor, Timeout.Infinite);
            else if (error != Interrupted) return false;
        }

        return true;
    }

    /// <summary>Writes one short line, unless the reader does not make room for it in time: a full pipe must not hold the caller. At most 4,096 bytes (PIPE_BUF), which
    /// a writable pipe takes without blocking.</summary>
    public static void TryWrite(int descriptor, ReadOnlySpan<byte> bytes, TimeSpan atMost)
    {
        if (WaitUntilWritable(descriptor, (int)atMost.TotalMilliseconds)) _ = write(descriptor, bytes[..Math.Min(bytes.Length, 4096)], (nuint)Math.Min(bytes.Length, 4096));
    }

    private static bool WaitUntilWritable(int descriptor, int milliseconds)
    {
        var request = new Poll { Descriptor = descriptor, Events = Writable };
        return poll(ref request, 1, milliseconds) == 1 && (request.Returned & Writable) != 0;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, ReadOnlySpan<byte> bytes, nuint count);

    [LibraryImport("libc")]
    private static partial int isatty(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(ref Poll request, uint count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command, int argument);

    [StructLayout(LayoutKind.Sequential)]
    private struct Poll
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
