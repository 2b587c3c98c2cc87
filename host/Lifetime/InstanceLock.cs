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
    private static readonly int ReadWriteCloseOnExec = OperatingSystem.IsMacOS() ? 0x1000002 : 0x80002;
    private static readonly int WouldBlock = OperatingSystem.IsMacOS() ? 35 : 11;

    /// <summary>How long a lock must be held before it counts as held: <see cref="IsHeld"/> takes it for a moment in order to look.</summary>
    private static readonly TimeSpan Glimpse = TimeSpan.FromMilliseconds(200);

    private readonly SafeFileHandle _file;

    private InstanceLock(SafeFileHandle file) => _file = file;

    /// <summary>Takes the lock, creating the data directory if need be; null if another process has it (<see cref="PidFile.Read"/> may say which).</summary>
    public static InstanceLock? TryAcquire(string dataDirectory)
    {
        DataDirectory.Prepare(dataDirectory);
        var start = Stopwatch.GetTimestamp();
        var path = DataDirectory.Lock(dataDirectory);
        if (!File.Exists(path)) Create(path);
        var file = Open(path);
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
        using var file = Open(path);
        if (!TryLock(file, Shared)) return true;
        _ = flock(file, Unlock);
        return false;
    }

    /// <summary>Frees the lock. Its file stays.</summary>
    public void Dispose()
    {
        if (_file.IsClosed) return;
        _ = flock(_file, Unlock);
        _file.Dispose();
    }

    /// <remarks>Not through a FileStream: whatever its sharing, the runtime would put a lock of its own on it.</remarks>
    private static SafeFileHandle Open(string path)
    {
        var file = new SafeFileHandle(open(path, ReadWriteCloseOnExec), ownsHandle: true);
        return file.IsInvalid ? throw new IOException($"Opening '{path}' failed: {Marshal.GetLastPInvokeErrorMessage()}.") : file;
    }

    private static void Create(string path)
    {
        try
        {
            new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another start was faster; whoever gets the lock has won.
        }
    }

    private static bool TryLock(SafeFileHandle file, int kind)
    {
        if (flock(file, kind | DoNotWait) == 0) return true;
        var error = Marshal.GetLastPInvokeError();
        if (error == WouldBlock) return false;
        throw new IOException($"Locking 'gateway.lock' failed: {Marshal.GetPInvokeErrorMessage(error)}. The data directory must be on a file system with locks.");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);
}
