using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace PluginGateway.Posix;

/// <summary>Which file a name, or a descriptor, means: device and inode. <paramref name="Links"/>: how many names it has; 0: it is deleted.</summary>
internal readonly partial record struct FileIdentity(ulong Device, ulong Inode, uint Links, uint User, uint Group)
{
    public const int CurrentFolder = -100;

    /// <summary>struct statx has the same layout on every architecture; the fields that are read end with the device's numbers.</summary>
    private const int Size = 256;
    private const int EmptyPath = 0x1000;

    /// <summary>STATX_NLINK, STATX_UID, STATX_GID, STATX_INO; the device comes along. Not the times: a file whose times were asked for gets new ones with its next write (Linux 6.13), and its next sync has
    /// those to write too.</summary>
    private const uint Fields = 0x4 | 0x8 | 0x10 | 0x100;

    private static readonly byte[] NoPath = [0];

    /// <summary>Null: there is none, or the system does not say.</summary>
    public static FileIdentity? Read(string path) => OperatingSystem.IsLinux() ? Read(CurrentFolder, Name(path), 0) : null;

    /// <summary>A name that is asked for often, as the system wants it.</summary>
    public static byte[] Name(string path) => [.. Encoding.UTF8.GetBytes(path), 0];

    /// <summary>Null: there is none. Allocates nothing.</summary>
    public static FileIdentity? Read(ReadOnlySpan<byte> name) => Read(CurrentFolder, name, 0);

    /// <summary>Null: it is not open.</summary>
    public static FileIdentity? Read(int descriptor) => Read(descriptor, NoPath, EmptyPath);

    public bool IsSameFile(FileIdentity other) => Device == other.Device && Inode == other.Inode;

    private static FileIdentity? Read(int folder, ReadOnlySpan<byte> name, int flags)
    {
        Span<byte> found = stackalloc byte[Size];
        if (statx(folder, name, flags, Fields, found) != 0) return null;
        var device = ((ulong)Number(found, 136) << 32) | Number(found, 140);
        return new(device, BinaryPrimitives.ReadUInt64LittleEndian(found[32..]), Number(found, 16), Number(found, 20), Number(found, 24));
    }

    private static uint Number(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statx(int folder, ReadOnlySpan<byte> path, int flags, uint mask, Span<byte> result);
}
