using System.Runtime.InteropServices;

namespace PluginGateway.Posix;

/// <summary>System calls on descriptors. They are plain numbers here: each has one owner, who closes it when it is not in use any more.</summary>
internal static unsafe partial class LibC
{
    private const int UnixSocket = 1, Stream = 1, CloseOnExec = 0x80000;
    private const int DoNotWait = 0x40, NoSignal = 0x4000;
    private const int ShutBoth = 2;
    private const int SetFlags = 4, NonBlocking = 0x800;

    /// <summary>Element of the array of poll(2): the events asked for and those that occurred.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Polled
    {
        public const short Readable = 1, Writable = 4, HungUp = 16;

        public int Descriptor;
        public short Wanted;
        public short Seen;
    }

    /// <summary>A connection with two ends; neither outlives an exec.</summary>
    public static (int Ours, int Theirs) SocketPair()
    {
        var ends = stackalloc int[2];
        Check(socketpair(UnixSocket, Stream | CloseOnExec, 0, ends), "socketpair");
        return (ends[0], ends[1]);
    }

    public static (int Read, int Write) Pipe()
    {
        var ends = stackalloc int[2];
        Check(pipe2(ends, CloseOnExec), "pipe");
        return (ends[0], ends[1]);
    }

    /// <summary>Sends without waiting. Returns the number of bytes that the socket took; -1: see the error.</summary>
    public static int Send(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes) return (int)send(descriptor, start, (nuint)bytes.Length, DoNotWait | NoSignal);
    }

    /// <summary>Waits for bytes; 0: there will be none; -1: see the error.</summary>
    public static int Receive(int descriptor, Span<byte> room)
    {
        fixed (byte* start = room) return (int)recv(descriptor, start, (nuint)room.Length, 0);
    }

    /// <summary>Receives without waiting.</summary>
    public static int ReceiveNow(int descriptor, Span<byte> room)
    {
        fixed (byte* start = room) return (int)recv(descriptor, start, (nuint)room.Length, DoNotWait);
    }

    public static int Read(int descriptor, Span<byte> room)
    {
        fixed (byte* start = room) return (int)read(descriptor, start, (nuint)room.Length);
    }

    /// <summary>Returns the number of bytes written; -1: see the error.</summary>
    public static int Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes) return (int)write(descriptor, start, (nuint)bytes.Length);
    }

    /// <summary>Takes one client of a listening socket that does not wait. Negative: see the error. Linux only.</summary>
    public static int Accept(int listener) => accept4(listener, null, null, CloseOnExec | NonBlocking);

    public static int Poll(Span<Polled> polled, int milliseconds)
    {
        fixed (Polled* first = polled) return poll(first, (nuint)polled.Length, milliseconds);
    }

    /// <summary>Returns true when the other end of a connection is closed.</summary>
    public static bool HasHungUp(int descriptor)
    {
        Span<Polled> polled = [new Polled { Descriptor = descriptor }];
        return Poll(polled, 0) == 1 && (polled[0].Seen & Polled.HungUp) != 0;
    }

    /// <summary>Neither side gets or sends anything more; who waits is woken.</summary>
    public static void Shutdown(int descriptor) => _ = shutdown(descriptor, ShutBoth);

    public static void Close(int descriptor) => _ = close(descriptor);

    public static void NeverWait(int descriptor) => _ = Control(descriptor, SetFlags, NonBlocking);

    /// <summary>fcntl(2). Its argument list is variable, which macOS on arm64 passes differently: Linux only.</summary>
    public static int Control(int descriptor, int command, int value) => fcntl(descriptor, command, value);

    public static long Syscall(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0) => syscall(number, a, b, c, d, e);

    private static void Check(int result, string what)
    {
        if (result != 0) throw new IOException($"{what} failed: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socketpair(int domain, int type, int protocol, int* ends);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int pipe2(int* ends, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int accept4(int listener, void* address, void* length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int descriptor, byte* bytes, nuint count, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int descriptor, byte* bytes, nuint count, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int descriptor, byte* bytes, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, byte* bytes, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(Polled* polled, nuint count, int milliseconds);

    [LibraryImport("libc")]
    private static partial int shutdown(int descriptor, int how);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);

    [LibraryImport("libc")]
    private static partial int fcntl(int descriptor, int command, int value);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, long a, long b, long c, long d, long e);

}
