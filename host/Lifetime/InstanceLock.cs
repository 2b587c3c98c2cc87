using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace PluginGateway.Lifetime;

/// <summary>One gateway a data directory: the lock on <c>gateway.lock</c>.</summary>
internal sealed class InstanceLock : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

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
        var file = LockFile.Open(path, OwnerOnly);
        while (!LockFile.TryLock(file, path))
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
        var file = LockFile.Open(path);
        if (!LockFile.TryLock(file, path, shared: true))
        {
            file.Dispose();
            return true;
        }

        LockFile.Free(file);
        return false;
    }

    /// <summary>Frees the lock. Its file stays.</summary>
    public void Dispose() => LockFile.Free(_file);
}
