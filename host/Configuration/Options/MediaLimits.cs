namespace PluginGateway.Configuration.Options;

/// <summary>Limits of the media folder. Files of messages that are still owed are kept in any case.</summary>
internal sealed record MediaLimits
{
    private const long Megabyte = 1024 * 1024;

    /// <summary>The largest file, in either direction.</summary>
    public int MaxFileMegabytes { get; init; } = 50;

    /// <summary>All files together; beyond it files that no message refers to are deleted early, then files are refused.</summary>
    public int MaxTotalMegabytes { get; init; } = 2048;

    /// <summary>Time for which a file is kept that no message refers to: one that was uploaded, fetched or delivered.</summary>
    public int KeepUnusedHours { get; init; } = 24;

    public long MaxFileBytes => MaxFileMegabytes * Megabyte;

    public long MaxTotalBytes => MaxTotalMegabytes * Megabyte;

    public TimeSpan KeepUnused => TimeSpan.FromHours(KeepUnusedHours);

    public static MediaLimits Read(ObjectReader reader)
    {
        var defaults = new MediaLimits();
        var read = new MediaLimits
        {
            MaxFileMegabytes = (int)reader.Whole("maxFileMegabytes", defaults.MaxFileMegabytes, 1, 4096),
            MaxTotalMegabytes = (int)reader.Whole("maxTotalMegabytes", defaults.MaxTotalMegabytes, 1, 1024 * 1024),
            KeepUnusedHours = (int)reader.Whole("keepUnusedHours", defaults.KeepUnusedHours, 1, 24 * 365),
        };
        reader.RejectUnknown();
        return read;
    }
}
