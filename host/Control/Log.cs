namespace PluginGateway.Control;

/// <summary>Log events of Control.</summary>
internal static partial class Log
{
    [LoggerMessage(7000, LogLevel.Warning, "The control socket failed; trying again")]
    public static partial void ControlFailed(this ILogger log, Exception problem);

    [LoggerMessage(7001, LogLevel.Warning, "A control request took {Seconds:0.0} s; it should take less than 0.5 s")]
    public static partial void VerbWasSlow(this ILogger log, double seconds);

    [LoggerMessage(7002, LogLevel.Error, "The control thread's tick failed; going on")]
    public static partial void TickFailed(this ILogger log, Exception problem);

    [LoggerMessage(7003, LogLevel.Warning,
        "Control requests without the key of this gateway: {Count} refused. Something that runs as the same user, and cannot read the key, asks on the control socket")]
    public static partial void ControlRefused(this ILogger log, int count);

    [LoggerMessage(7005, LogLevel.Warning,
        "The control socket takes no clients ({Problem}); it tries again every 0.25 s, and the commands wait until then")]
    public static partial void AcceptFailed(this ILogger log, string problem);
}
