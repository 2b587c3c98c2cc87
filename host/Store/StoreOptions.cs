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

    /// <summary>Most pages (4 KiB) the database may have; null = as many as the disk takes.</summary>
    public int? MaxPages { get; init; }
}
