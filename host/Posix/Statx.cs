using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PluginGateway.Posix;

/// <summary>statx(2): facts of a file from the kernel. The structure has the same layout on every architecture. Linux only.</summary>
internal static partial class Statx
{
    /// <summary>Bytes of the structure.</summary>
    public const int Size = 256;

    public const int CurrentFolder = -100;

    /// <summary>Flags: a link is the link itself; an empty path means the descriptor.</summary>
    public const int NoFollow = 0x100, EmptyPath = 0x1000;

    /// <summary>Fields to ask for. None of them is a time: a file whose times were asked for gets new ones with its next write (Linux 6.13), and its
    /// next sync has those to write too.</summary>
    public const uint Type = 0x1, Mode = 0x2, Links = 0x4, User = 0x8, Group = 0x10, Inode = 0x100, Length = 0x200;

    private static readonly byte[] NoPath = [0];

    /// <param name="path">Ends with a zero byte.</param>
    /// <param name="flags">Of this class.</param>
    /// <param name="fields">Of this class.</param>
    /// <param name="found">Is filled, unless this returns false: see the error.</param>
    public static bool Read(ReadOnlySpan<byte> path, int flags, uint fields, Span<byte> found) =>
        statx(CurrentFolder, path, flags, fields, found) == 0;

    public static bool Read(string path, int flags, uint fields, Span<byte> found) => statx(CurrentFolder, path, flags, fields, found) == 0;

    public static bool Read(int descriptor, uint fields, Span<byte> found) => statx(descriptor, NoPath, EmptyPath, fields, found) == 0;

    public static bool Read(SafeFileHandle file, uint fields, Span<byte> found) => statx(file, NoPath, EmptyPath, fields, found) == 0;

    public static ushort ModeOf(ReadOnlySpan<byte> found) => BinaryPrimitives.ReadUInt16LittleEndian(found[28..]);

    public static uint LinksOf(ReadOnlySpan<byte> found) => Number(found, 16);

    public static uint UserOf(ReadOnlySpan<byte> found) => Number(found, 20);

    public static uint GroupOf(ReadOnlySpan<byte> found) => Number(found, 24);

    public static ulong InodeOf(ReadOnlySpan<byte> found) => BinaryPrimitives.ReadUInt64LittleEndian(found[32..]);

    public static long LengthOf(ReadOnlySpan<byte> found) => BinaryPrimitives.ReadInt64LittleEndian(found[40..]);

    /// <summary>Number of the device, which is returned with any fields.</summary>
    public static ulong DeviceOf(ReadOnlySpan<byte> found) => ((ulong)Number(found, 136) << 32) | Number(found, 140);

    private static uint Number(ReadOnlySpan<byte> found, int at) => BinaryPrimitives.ReadUInt32LittleEndian(found[at..]);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statx(int folder, ReadOnlySpan<byte> path, int flags, uint mask, Span<byte> result);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, Span<byte> result);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statx(SafeFileHandle file, ReadOnlySpan<byte> path, int flags, uint mask, Span<byte> result);
}
