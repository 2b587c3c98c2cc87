using System.Runtime.InteropServices;

namespace PluginGateway.Posix;

/// <summary>Files by descriptor of their folder, so that no link can be put in the way of a path that is used.</summary>
internal static partial class LibCFiles
{
    /// <summary>Facts of a file from the kernel. Two of them are the same file when device and number are.</summary>
    public readonly record struct Facts(ushort Mode, uint Links, ulong Number, ulong Device, long Size)
    {
        private const int Kind = 0xF000, Folder = 0x4000, Regular = 0x8000, Link = 0xA000;

        public bool IsRegular => (Mode & Kind) == Regular;

        public bool IsFolder => (Mode & Kind) == Folder;

        public bool IsLink => (Mode & Kind) == Link;
    }

    private const uint Fields = Statx.Type | Statx.Mode | Statx.Links | Statx.Inode | Statx.Length;

    private static readonly int LinkItself = NativeFile.OnlyPath | NativeFile.NoFollow | NativeFile.CloseOnExec;

    /// <summary>Returns a reference to a file without opening it: no device, no pipe, no rights; of a link, to the link itself. Negative: see the
    /// error.</summary>
    /// <param name="folder">Null: the path is a full one.</param>
    /// <param name="name">One name, or a full path.</param>
    public static int Refer(int? folder, string name) => NativeFile.OpenIn(folder ?? NativeFile.CurrentFolder, name, LinkItself);

    /// <summary>Returns a reference to a folder that is no link. Negative: see the error.</summary>
    public static int ReferToFolder(int? folder, string name) =>
        NativeFile.OpenIn(folder ?? NativeFile.CurrentFolder, name, LinkItself | NativeFile.OnlyFolder);

    /// <summary>Returns a reference that stays open over an exec, links followed. Negative: see the error.</summary>
    public static int ReferForGood(string path) => NativeFile.OpenIn(NativeFile.CurrentFolder, path, NativeFile.OnlyPath);

    public static Facts? FactsOf(int descriptor)
    {
        Span<byte> found = stackalloc byte[Statx.Size];
        if (!Statx.Read(descriptor, Fields, found)) return null;
        return new Facts(Statx.ModeOf(found), Statx.LinksOf(found), Statx.InodeOf(found), Statx.DeviceOf(found), Statx.LengthOf(found));
    }

    /// <summary>Moves a file within its file system, over one of that name. False: see the error.</summary>
    public static bool Move(int fromFolder, string name, string to) => renameat(fromFolder, name, NativeFile.CurrentFolder, to) == 0;

    /// <summary>Deletes a file; a link itself, not its target.</summary>
    public static bool Delete(int? folder, string name) => unlinkat(folder ?? NativeFile.CurrentFolder, name, 0) == 0;

    /// <summary>Gives a file a second name. False: see the error.</summary>
    public static bool Link(string from, string to) => linkat(NativeFile.CurrentFolder, from, NativeFile.CurrentFolder, to, 0) == 0;

    /// <summary>Writes a short text to an existing file. Returns 0, or the error number; throws nothing.</summary>
    public static int WriteTo(string path, ReadOnlySpan<byte> text)
    {
        var descriptor = NativeFile.OpenIn(NativeFile.CurrentFolder, path, NativeFile.WriteOnly | NativeFile.CloseOnExec);
        if (descriptor < 0) return Marshal.GetLastPInvokeError();
        var error = LibC.Write(descriptor, text) < 0 ? Marshal.GetLastPInvokeError() : 0;
        LibC.Close(descriptor);
        return error;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat(int fromFolder, string from, int toFolder, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlinkat(int folder, string path, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int linkat(int fromFolder, string from, int toFolder, string to, int flags);
}
