using System.Runtime.InteropServices;

namespace PluginGateway.Posix;

/// <summary>Files by descriptor of their folder, so that nobody can put a link in the way of a path that is used.</summary>
internal static unsafe partial class LibCFiles
{
    /// <summary>What the kernel says of a file. Two of them are the same file when device and number are.</summary>
    public readonly record struct Facts(ushort Mode, uint Links, ulong Number, ulong Device, long Size)
    {
        private const int Kind = 0xF000, Folder = 0x4000, Regular = 0x8000, Link = 0xA000;

        public bool IsRegular => (Mode & Kind) == Regular;

        public bool IsFolder => (Mode & Kind) == Folder;

        public bool IsLink => (Mode & Kind) == Link;
    }

    private const int OfWorkingDirectory = -100;
    private const int OnlyPath = 0x200000, CloseOnExec = 0x80000;
    private const int EmptyPath = 0x1000;
    private const uint BasicFacts = 0x7FF;
    private const int StructureLength = 256;

    // It differs on arm.
    private static readonly int NoFollow = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;
    private static readonly int OnlyFolder = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;
    private static readonly long StatX = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 291 : 332;

    /// <summary>A reference to a file, which opens nothing: no device, no pipe, no rights; a link is the link itself. Negative: see the
    /// error.</summary>
    /// <param name="folder">Null: the path is a full one.</param>
    /// <param name="name">One name, or a full path.</param>
    public static int Refer(int? folder, string name) => openat(folder ?? OfWorkingDirectory, name, OnlyPath | NoFollow | CloseOnExec);

    /// <summary>A reference to a folder that is no link. Negative: see the error.</summary>
    public static int ReferToFolder(int? folder, string name) => openat(folder ?? OfWorkingDirectory, name, OnlyPath | NoFollow | OnlyFolder | CloseOnExec);

    /// <summary>A reference that an exec leaves open, links followed. Negative: see the error.</summary>
    public static int ReferForGood(string path) => openat(OfWorkingDirectory, path, OnlyPath);

    public static Facts? FactsOf(int descriptor)
    {
        var structure = stackalloc byte[StructureLength];
        byte empty = 0;
        if (LibC.Syscall(StatX, descriptor, (long)&empty, EmptyPath, BasicFacts, (long)structure) != 0) return null;
        var device = ((ulong)*(uint*)(structure + 136) << 32) | *(uint*)(structure + 140);
        return new Facts(*(ushort*)(structure + 28), *(uint*)(structure + 16), *(ulong*)(structure + 32), device, *(long*)(structure + 40));
    }

    /// <summary>Moves a file within its file system, over what is there. False: see the error.</summary>
    public static bool Move(int fromFolder, string name, string to) => renameat(fromFolder, name, OfWorkingDirectory, to) == 0;

    /// <summary>Deletes a file; a link itself, not what it leads to.</summary>
    public static bool Delete(int? folder, string name) => unlinkat(folder ?? OfWorkingDirectory, name, 0) == 0;

    /// <summary>Gives a file a second name. False: see the error.</summary>
    public static bool Link(string from, string to) => linkat(OfWorkingDirectory, from, OfWorkingDirectory, to, 0) == 0;

    /// <summary>Writes a short text to a file that is there already. 0, or the error number: nothing is thrown.</summary>
    public static int WriteTo(string path, ReadOnlySpan<byte> text)
    {
        var descriptor = openat(OfWorkingDirectory, path, 1 | CloseOnExec);
        if (descriptor < 0) return Marshal.GetLastPInvokeError();
        int error;
        fixed (byte* start = text) error = write(descriptor, start, (nuint)text.Length) < 0 ? Marshal.GetLastPInvokeError() : 0;
        LibC.Close(descriptor);
        return error;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int openat(int folder, string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat(int fromFolder, string from, int toFolder, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlinkat(int folder, string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int linkat(int fromFolder, string from, int toFolder, string to, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, byte* bytes, nuint count);
}
