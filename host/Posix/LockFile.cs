using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PluginGateway.Posix;

/// <summary>Files that are locked with flock, which the kernel frees however its holder ends. The files are never deleted: otherwise two processes
/// could hold "the" lock. Not
/// <see cref="FileShare.None"/>: an environment variable can switch that off.</summary>
internal static partial class LockFile
{
    private const int SharedLock = 1;
    private const int ExclusiveLock = 2;
    private const int DoNotWait = 4;
    private const int Unlock = 8;

    /// <summary>A link in a folder that others can write to must not lead to another file.</summary>
    private static readonly int Flags = NativeFile.ReadWrite | NativeFile.CloseOnExec | NativeFile.NoFollow;

    /// <summary>Opens a lock file, and creates it with this mode if need be.</summary>
    /// <remarks>Not through a FileStream: with any sharing mode, the runtime would put a lock of its own on it.</remarks>
    public static SafeFileHandle Open(string path, UnixFileMode mode)
    {
        if (!File.Exists(path)) Create(path, mode);
        return Open(path);
    }

    public static SafeFileHandle Open(string path)
    {
        var file = NativeFile.Open(path, Flags);
        // Another user's: a lock needs no more than reading.
        if (file.IsInvalid) file = NativeFile.Open(path, NativeFile.ReadOnly | NativeFile.CloseOnExec | NativeFile.NoFollow | NativeFile.NeverWait);
        return file.IsInvalid ? throw new IOException($"Opening '{path}' failed: {Marshal.GetLastPInvokeErrorMessage()}.") : file;
    }

    /// <summary>Takes the lock if it is free; never waits.</summary>
    public static bool TryLock(SafeFileHandle file, string path, bool shared = false)
    {
        if (flock(file, (shared ? SharedLock : ExclusiveLock) | DoNotWait) == 0) return true;
        var error = Marshal.GetLastPInvokeError();
        if (error == Errno.WouldBlock) return false;
        throw new IOException($"Locking '{path}' failed: {Marshal.GetPInvokeErrorMessage(error)}. It must be on a file system with locks.");
    }

    /// <summary>Opens a lock file, creates it for the owner alone if it is gone, and takes the lock. Null: it cannot be created, or the lock is
    /// taken. Throws nothing.</summary>
    public static SafeFileHandle? TryTake(string path)
    {
        // The third argument of open is variable, which macOS on arm64 passes differently.
        if (!OperatingSystem.IsLinux()) return null;
        var file = NativeFile.Open(path, Flags | NativeFile.CreateMissing, OwnerOnly.File);
        if (!file.IsInvalid && flock(file, ExclusiveLock | DoNotWait) == 0) return file;
        if (!file.IsInvalid) file.Dispose();
        return null;
    }

    /// <summary>Frees the lock and closes the file.</summary>
    public static void Free(SafeFileHandle file)
    {
        if (file.IsClosed || file.IsInvalid) return;
        _ = flock(file, Unlock);
        file.Dispose();
    }

    private static void Create(string path, UnixFileMode mode)
    {
        try
        {
            new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode }).Dispose();
            FileOwner.Inherit(path);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was faster; the one that gets the lock has won.
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle file, int operation);
}
