using Microsoft.Win32.SafeHandles;

namespace PluginGateway.Posix;

/// <summary>Type, permissions and owner of a file. Links are followed.</summary>
internal readonly record struct FileFacts(uint Mode, uint User, uint Group)
{
    private const uint TypeMask = 0xF000, Regular = 0x8000, Folder = 0x4000, Socket = 0xC000;
    private const uint Fields = Statx.Type | Statx.Mode | Statx.User | Statx.Group;

    public bool IsRegular => (Mode & TypeMask) == Regular;

    public bool IsFolder => (Mode & TypeMask) == Folder;

    public bool IsSocket => (Mode & TypeMask) == Socket;

    public UnixFileMode Permissions => (UnixFileMode)(Mode & 0xFFF);

    /// <summary>Name of the type, for a sentence.</summary>
    public string Type => (Mode & TypeMask) switch
    {
        0x1000 => "a FIFO",
        0x2000 or 0x6000 => "a device",
        Folder => "a folder",
        Socket => "a socket",
        _ => "a regular file",
    };

    /// <summary>Returns the facts of a file; null: it does not exist, or the system does not report them.</summary>
    public static FileFacts? Of(string path) => Of(path, 0);

    /// <summary>Returns the facts of a file; of a link those of the link itself.</summary>
    public static FileFacts? OfLink(string path) => Of(path, Statx.NoFollow);

    public static FileFacts? Of(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux()) return null;
        Span<byte> found = stackalloc byte[Statx.Size];
        return Statx.Read(file, Fields, found) ? Read(found) : null;
    }

    private static FileFacts? Of(string path, int flags)
    {
        if (!OperatingSystem.IsLinux()) return null;
        Span<byte> found = stackalloc byte[Statx.Size];
        return Statx.Read(path, flags, Fields, found) ? Read(found) : null;
    }

    private static FileFacts Read(ReadOnlySpan<byte> found) => new(Statx.ModeOf(found), Statx.UserOf(found), Statx.GroupOf(found));
}
