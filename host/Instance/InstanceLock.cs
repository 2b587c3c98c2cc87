using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using PluginGateway.Posix;
using PluginGateway.Store;

namespace PluginGateway.Instance;

/// <summary>Lock on <c>gateway.lock</c>: only one gateway may run on a data directory.</summary>
internal sealed class InstanceLock : IDisposable
{
    /// <summary>Time for which a lock must be held before it counts as held: <see cref="IsHeld"/> takes it for a moment to test it.</summary>
    private static readonly TimeSpan Glimpse = TimeSpan.FromMilliseconds(200);

    private static InstanceLock? _held;

    private readonly string _path;
    private readonly byte[] _name;
    private FileIdentity? _identity;
    private SafeFileHandle _file;

    private InstanceLock(string path, SafeFileHandle file)
    {
        (_path, _name, _file) = (path, FileIdentity.Name(path), file);
        _identity = IdentityOf(file);
    }

    /// <summary>Takes the lock, creating the data directory if need be; null if another process has it (<see cref="PidFile.Read"/> may say
    /// which).</summary>
    public static InstanceLock? TryAcquire(string dataDirectory)
    {
        DataDirectory.Prepare(dataDirectory);
        var start = Stopwatch.GetTimestamp();
        var path = DataDirectory.Lock(dataDirectory);
        var file = LockFile.Open(path, OwnerOnly.File);
        while (!LockFile.TryLock(file, path))
        {
            if (Stopwatch.GetElapsedTime(start) > Glimpse)
            {
                file.Dispose();
                return null;
            }

            Thread.Sleep(10);
        }

        return _held = new InstanceLock(path, file);
    }

    /// <summary>Frees the lock of this process, if it has one: a child that has inherited the descriptor would keep it otherwise. Waits for
    /// nothing.</summary>
    public static void FreeHeld() => _held?.Dispose();

    /// <summary>Returns true if a process holds the lock now.</summary>
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

    /// <summary>Compares the locked file with the one that has its name, and takes the lock again when the file was removed, replaced or closed,
    /// unless another gateway has taken it first. One thread at a time; throws nothing.</summary>
    public LockState Check()
    {
        // This system provides no identity of files.
        if (_identity is not { } known) return LockState.Ours;
        var isOpen = IdentityOf(_file) is { } open && open.IsSameFile(known);
        if (isOpen && FileIdentity.Read(_name) is { } named && named.IsSameFile(known)) return LockState.Ours;
        if (LockFile.TryTake(_path) is not { } taken) return LockState.Lost;
        // The old descriptor stays open: its number may belong to another file by now.
        _file.SetHandleAsInvalid();
        (_file, _identity) = (taken, IdentityOf(taken));
        return LockState.Retaken;
    }

    /// <summary>Frees the lock. Its file stays.</summary>
    public void Dispose() => LockFile.Free(_file);

    private static FileIdentity? IdentityOf(SafeFileHandle file) =>
        file.IsClosed || file.IsInvalid ? null : FileIdentity.Read((int)file.DangerousGetHandle());
}
