using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PluginGateway.Posix;

/// <summary>Puts a folder's entries on the disk: a file that was created or renamed is not safe before.</summary>
internal static partial class FolderSync
{
    /// <summary>Flushes a folder to disk. Failures are ignored: some file systems refuse it.</summary>
    public static void Flush(string folder)
    {
        using var handle = NativeFile.Open(folder, NativeFile.ReadOnly | NativeFile.CloseOnExec);
        if (!handle.IsInvalid) _ = fsync(handle);
    }

    /// <summary>Puts a file's content on the disk.</summary>
    public static void FlushFile(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle file);
}
