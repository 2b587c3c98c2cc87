using System.Runtime.InteropServices;

namespace PluginGateway.Posix;

/// <summary>Writes to a file descriptor with write(2). <see cref="Console"/> is shared with plugins, which can lock or replace it, and a FileStream
/// keeps a position of its own, so it overwrites lines of other processes in the same file.</summary>
internal static partial class Descriptor
{
    public const int StandardOutput = 1;
    public const int StandardError = 2;

    private const int DuplicateAndCloseOnExec = 1030;
    private const ulong GetWindowSize = 0x5413;

    /// <summary>Returns true if the descriptor is a terminal.</summary>
    public static bool IsTerminal(int descriptor) => isatty(descriptor) == 1;

    /// <summary>Returns true if coloured output may be written to it: a terminal, and NO_COLOR is not set (https://no-color.org).</summary>
    public static bool WantsColour(int descriptor) => IsTerminal(descriptor) && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <summary>Columns of a terminal; null: not a terminal, or unknown.</summary>
    public static int? Columns(int descriptor) =>
        OperatingSystem.IsLinux() && ioctl(descriptor, GetWindowSize, out var size) == 0 && size.Columns > 0 ? size.Columns : null;

    /// <summary>Returns a copy that a plugin cannot close by its well-known number, and that child processes do not inherit; -1 if the number is not
    /// open.</summary>
    public static int Duplicate(int descriptor) =>
        // fcntl has a variable argument list, which macOS on arm64 passes differently.
        OperatingSystem.IsLinux() ? LibC.Control(descriptor, DuplicateAndCloseOnExec, 3) : descriptor;

    /// <summary>Writes everything, for as long as it takes. False if the other end is gone.</summary>
    public static bool Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var written = LibC.Write(descriptor, bytes);
            if (written >= 0)
            {
                bytes = bytes[written..];
                continue;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error == Errno.WouldBlock) WaitUntilWritable(descriptor, Timeout.Infinite);
            else if (error != Errno.Interrupted) return false;
        }

        return true;
    }

    /// <summary>Writes one short line, unless the reader does not make room for it in time: a full pipe must not hold the caller. At most 4,096 bytes
    /// (PIPE_BUF), which a writable pipe takes without blocking.</summary>
    public static void TryWrite(int descriptor, ReadOnlySpan<byte> bytes, TimeSpan atMost)
    {
        if (WaitUntilWritable(descriptor, (int)atMost.TotalMilliseconds)) _ = LibC.Write(descriptor, bytes[..Math.Min(bytes.Length, 4096)]);
    }

    private static bool WaitUntilWritable(int descriptor, int milliseconds)
    {
        Span<LibC.Polled> polled = [new LibC.Polled { Descriptor = descriptor, Wanted = LibC.Polled.Writable }];
        return LibC.Poll(polled, milliseconds) == 1 && (polled[0].Seen & LibC.Polled.Writable) != 0;
    }

    [LibraryImport("libc")]
    private static partial int isatty(int descriptor);

    [LibraryImport("libc")]
    private static partial int ioctl(int descriptor, ulong request, out WindowSize size);

    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort Width;
        public ushort Height;
    }
}
