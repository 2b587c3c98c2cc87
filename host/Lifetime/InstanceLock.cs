using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PluginGateway.Lifetime;

/// <summary>One gateway a data directory. An flock on <c>gateway.lock</c>, which the kernel frees when its holder ends in whatever way; the file itself stays, because
/// deleting a lock file lets two processes hold "the" lock. Not <see cref="FileShare.None"/>: an environment variable can switch that off.</summary>
internal sealed partial class InstanceLock : IDisposable
{
    private const int Shared = 1;
    private const int Exclusive = 2;
    private const int DoNotWait = 4;
    private const int Unlock = 8;
    private static readonly int WouldBlock = OperatingSystem.IsMacOS() ? 35 : 11;

    /// <summary>How long a lock must be held before it counts as held: <see cref="IsHeld"/> takes it for a moment in order to look.</summary>
    private static readonly TimeSpan Glimpse = TimeSpan.FromMilliseconds(200);

    private readonly FileStream _file;

    private InstanceLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, creating the data directory if need be; null if another process has it (<see cref="PidFile.Read"/> may say which).</summary>
    public static InstanceLock? TryAcquire(string dataDirectory)
    {
        DataDirectory.Prepare(dataDirectory);
        var start = Stopwatch.GetTimestamp();
        var file = Open(DataDirectory.Lock(dataDirectory), FileMode.OpenOrCreate, FileAccess.ReadWrite);
        while (!TryLock(file, Exclusive))
        {
            if (Stopwatch.GetElapsedTime(start) > Glimpse)
            {
                file.Dispose();
                return null;
            }

            Thread.Sleep(10);
        }

        return new InstanceLock(file);
    }

    /// <summary>Whether a process holds the lock now.</summary>
    public static bool IsHeld(string dataDirectory)
    {
        var path = DataDirectory.Lock(dataDirectory);
        if (!File.Exists(path)) return false;
        using var file = Open(path, FileMode.Open, FileAccess.Read);
        if (!TryLock(file, Shared)) return true;
        _ = flock(file.SafeFileHandle, Unlock);
        return false;
    }

    /// <summary>Frees the lock. Its file stays.</summary>
    public void Dispose()
    {
        if (_file.SafeFileHandle.IsClosed) return;
        _ = flock(_file.SafeFileHandle, Unlock);
        _file.Dispose();
    }

    /// <remarks>Shared for writing, because then the runtime adds no lock of its own.</remarks>
    private static FileStream Open(string path, FileMode mode, FileAccess access) => new(path, new FileStreamOptions
    {
        Mode = mode,
        Access = access,
        Share = FileShare.ReadWrite,
        BufferSize = 0,
        UnixCreateMode = mode == FileMode.OpenOrCreate ? UnixFileMode.UserRead | UnixFileMode.UserWrite : null,
    });

    private static bool TryLock(FileStream file, int kind)
    {
        if (flock(file.SafeFileHandle, kind | DoNotWait) == 0) return true;
        var error = Marshal.GetLastPInvokeError();
        if (error == WouldBlock) return false;
        throw new IOException($"Locking '{file.Name}' failed: {Marshal.GetPInvokeErrorMessage(error)}. The data directory must be on a file system with locks.");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle file, int operation);
}
