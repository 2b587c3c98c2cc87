using PluginGateway.Store.Quota;

namespace PluginGateway.Store;

/// <summary>Where the database is and how much it keeps.</summary>
internal sealed record StoreOptions(string Path)
{
    /// <summary>Most commands of one commit.</summary>
    public int MaxBatch { get; init; } = 512;

    /// <summary>Most payload bytes of one commit, so that the write-ahead log stays small.</summary>
    public int MaxBatchBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>How long an event id is remembered against duplicates.</summary>
    public TimeSpan KeepSeen { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long handled and delivered messages are kept.</summary>
    public TimeSpan KeepSettled { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long parked and rejected messages are kept for the operator.</summary>
    public TimeSpan KeepParked { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How often old rows are looked for.</summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Most rows of a table one sweep deletes.</summary>
    public int SweepRows { get; init; } = 500;

    /// <summary>Most bytes in use; beyond it the oldest settled messages go, then messages are refused. Null: as many as the disk takes.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>Most pages (4 KiB) the file may have, whatever is in it; null: somewhat more than <see cref="MaxBytes"/>, so that what was accepted can still be answered.</summary>
    public int? MaxPages { get; init; }

    /// <summary>Most keys of state that one adapter may have.</summary>
    public long MaxStateKeys { get; init; } = 10_000;

    /// <summary>Most bytes of state, keys and values, that one adapter may have; never more than an eighth of <see cref="MaxBytes"/>.</summary>
    public long MaxStateBytes { get; init; } = 16 * 1024 * 1024;

    public StateQuota StateQuota => new(MaxStateKeys, Math.Min(MaxStateBytes, (MaxBytes ?? long.MaxValue) / 8));

    /// <summary>How often a store that cannot write tries again.</summary>
    public TimeSpan ProbeEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Nothing is forgotten for so long after a start at which the clock is far ahead of everything that was written.</summary>
    public TimeSpan TrustClockAfter { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Looks whether this process still has the lock of the data directory; throws nothing. Null: there is none to look at.</summary>
    public Func<LockState>? Lock { get; init; }

    /// <summary>How often the names of the files are looked up, at most.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromMilliseconds(5);

    public const int PageBytes = 4096;

    /// <summary>The file's own limit, in pages.</summary>
    public long? HardLimit => MaxPages ?? (MaxBytes + (MaxBytes / 8) + (4 * 1024 * 1024)) / PageBytes;
}

/// <summary>How the lock of a data directory stands.</summary>
internal enum LockState
{
    Ours,

    /// <summary>It was removed or replaced, and has been taken again before anybody else had it.</summary>
    Retaken,

    Lost,
}
