using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PluginGateway.Posix;

/// <summary>Puts a folder's entries on the disk: a file that was created or renamed is not safe before.</summary>
internal static partial class FolderSync
{
    private static readonly int ReadOnlyCloseOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;

    /// <summary>As well as the file system can: some refuse it, and are no worse off for it.</summary>
    public static void Flush(string folder)
    {
        using var handle = new SafeFileHandle(open(folder, ReadOnlyCloseOnExec), ownsHandle: true);
        if (!handle.IsInvalid) _ = fsync(handle);
    }

    /// <summary>Puts a file's content on the disk.</summary>
    public static void FlushFile(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle file);
}
