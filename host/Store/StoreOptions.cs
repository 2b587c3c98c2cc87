using PluginGateway.Store.Quota;

namespace PluginGateway.Store;

/// <summary>Path, limits and retention times of the database.</summary>
internal sealed record StoreOptions(string Path)
{
    /// <summary>Largest number of commands in one commit.</summary>
    public int MaxBatch { get; init; } = 512;

    /// <summary>Largest number of payload bytes in one commit, so that the write-ahead log stays small.</summary>
    public int MaxBatchBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Time for which an event id is remembered against duplicates.</summary>
    public TimeSpan KeepSeen { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Time for which handled and delivered messages are kept.</summary>
    public TimeSpan KeepSettled { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Time for which parked and rejected messages are kept for the operator.</summary>
    public TimeSpan KeepParked { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Interval of the sweeps for old rows.</summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Largest number of rows of a table that one sweep deletes.</summary>
    public int SweepRows { get; init; } = 500;

    /// <summary>Largest number of bytes in use; beyond it the oldest settled messages are deleted, then messages are refused. Null: as many as the
    /// disk takes.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>Largest number of pages (4 KiB) of the file; null: somewhat more than <see cref="MaxBytes"/>, so that accepted messages can still be
    /// answered.</summary>
    public int? MaxPages { get; init; }

    /// <summary>Largest number of keys in one adapter's state.</summary>
    public long MaxStateKeys { get; init; } = 10_000;

    /// <summary>Largest number of bytes, keys and values, in one adapter's state; never more than an eighth of <see cref="MaxBytes"/>.</summary>
    public long MaxStateBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Largest number of bytes, keys and values, in the memory of one handler's sessions; never more than an eighth of
    /// <see cref="MaxBytes"/>.</summary>
    public long MaxMemoryBytes { get; init; } = 256 * 1024 * 1024;

    public long MemoryQuota => Math.Min(MaxMemoryBytes, (MaxBytes ?? long.MaxValue) / 8);

    /// <summary>Time after its last message for which the memory of a session is kept.</summary>
    public TimeSpan KeepMemory { get; init; } = TimeSpan.FromDays(30);

    public StateQuota StateQuota => new(MaxStateKeys, Math.Min(MaxStateBytes, (MaxBytes ?? long.MaxValue) / 8));

    /// <summary>Interval at which a store that cannot write tries again.</summary>
    public TimeSpan ProbeEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time after a start during which sweeps delete nothing, when the clock is far ahead of the last stored message.</summary>
    public TimeSpan TrustClockAfter { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Checks whether this process still has the lock of the data directory; throws nothing. Null: there is no lock to check.</summary>
    public Func<LockState>? Lock { get; init; }

    /// <summary>Least time between two checks of the files' names.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromMilliseconds(5);

    public const int PageBytes = 4096;

    /// <summary>The file's own limit, in pages; null: none.</summary>
    public long? HardLimit => MaxPages ?? (MaxBytes + (MaxBytes / 8) + (4 * 1024 * 1024)) / PageBytes;
}

/// <summary>State of the lock of a data directory.</summary>
internal enum LockState
{
    Ours,

    /// <summary>The lock was removed or replaced, and has been taken again before another process had it.</summary>
    Retaken,

    Lost,
}
