namespace PluginGateway.Status;

/// <summary>Seconds since 1970.</summary>
internal static class UnixTime
{
    public static double Of(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    public static double? Of(DateTimeOffset? time) => time is { } known ? Of(known) : null;
}
