namespace PluginGateway.Configuration.Options;

/// <summary>Limits of the store. Pending and owed messages are kept in any case.</summary>
internal sealed record StoreLimits
{
    /// <summary>Days for which handled and delivered messages are kept.</summary>
    public int KeepSettledDays { get; init; } = 7;

    /// <summary>Days for which parked and rejected messages are kept, for the operator.</summary>
    public int KeepParkedDays { get; init; } = 30;

    /// <summary>The database's size, without its write-ahead log; beyond it the oldest settled messages are deleted early, then messages are
    /// refused.</summary>
    public int MaxMegabytes { get; init; } = 4096;

    /// <summary>Largest number of keys in one adapter's state.</summary>
    public int MaxStateKeys { get; init; } = 10_000;

    /// <summary>Largest size of one adapter's state, keys and values; never more than an eighth of <see cref="MaxMegabytes"/>.</summary>
    public int MaxStateMegabytes { get; init; } = 16;

    /// <summary>Days after its last message for which the memory of a session is kept.</summary>
    public int KeepMemoryDays { get; init; } = 30;

    /// <summary>Largest size of the memory of one handler's sessions, keys and values; never more than an eighth of <see cref="MaxMegabytes"/>.</summary>
    public int MaxMemoryMegabytes { get; init; } = 256;

    public static StoreLimits Read(ObjectReader reader)
    {
        const int tenYears = 3650;
        var defaults = new StoreLimits();
        var read = new StoreLimits
        {
            KeepSettledDays = (int)reader.Whole("keepSettledDays", defaults.KeepSettledDays, 1, tenYears),
            KeepParkedDays = (int)reader.Whole("keepParkedDays", defaults.KeepParkedDays, 1, tenYears),
            MaxMegabytes = (int)reader.Whole("maxMegabytes", defaults.MaxMegabytes, 16, 1024 * 1024),
            MaxStateKeys = (int)reader.Whole("maxStateKeys", defaults.MaxStateKeys, 1, 100_000_000),
            KeepMemoryDays = (int)reader.Whole("keepMemoryDays", defaults.KeepMemoryDays, 1, tenYears),
            MaxMemoryMegabytes = (int)reader.Whole("maxMemoryMegabytes", defaults.MaxMemoryMegabytes, 1, 1024 * 1024),
            MaxStateMegabytes = (int)reader.Whole("maxStateMegabytes", defaults.MaxStateMegabytes, 1, 1024 * 1024),
        };
        reader.RejectUnknown();
        return read;
    }
}
