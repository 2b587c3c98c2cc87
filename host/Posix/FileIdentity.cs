using System.Text;

namespace PluginGateway.Posix;

/// <summary>Identity of the file behind a name or descriptor: device and inode. <paramref name="Links"/>: number of its names; 0: it is
/// deleted.</summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode, uint Links, uint User, uint Group)
{
    private const uint Fields = Statx.Links | Statx.User | Statx.Group | Statx.Inode;

    /// <summary>Returns the identity of a file; null: it does not exist, or the system does not report it.</summary>
    public static FileIdentity? Read(string path) => OperatingSystem.IsLinux() ? Read(Name(path)) : null;

    /// <summary>Returns a name in the form of the system call, for repeated use.</summary>
    public static byte[] Name(string path) => [.. Encoding.UTF8.GetBytes(path), 0];

    /// <summary>Returns the identity of a file; null: it does not exist. Allocates nothing.</summary>
    public static FileIdentity? Read(ReadOnlySpan<byte> name)
    {
        Span<byte> found = stackalloc byte[Statx.Size];
        return Statx.Read(name, 0, Fields, found) ? Of(found) : null;
    }

    /// <summary>Returns the identity of a descriptor's file; null: it is not open.</summary>
    public static FileIdentity? Read(int descriptor)
    {
        Span<byte> found = stackalloc byte[Statx.Size];
        return Statx.Read(descriptor, Fields, found) ? Of(found) : null;
    }

    public bool IsSameFile(FileIdentity other) => Device == other.Device && Inode == other.Inode;

    private static FileIdentity Of(ReadOnlySpan<byte> found) =>
        new(Statx.DeviceOf(found), Statx.InodeOf(found), Statx.LinksOf(found), Statx.UserOf(found), Statx.GroupOf(found));
}
