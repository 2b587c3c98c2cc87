using Microsoft.Extensions.Logging;

namespace PluginGateway.Lifetime;

/// <summary>What this folder logs: 7000 to 7099 (the composition: from 7100).</summary>
internal static partial class Log
{
    [LoggerMessage(7000, LogLevel.Warning, "The control socket failed; trying again")]
    public static partial void ControlFailed(this ILogger log, Exception problem);

    [LoggerMessage(7001, LogLevel.Warning, "A control request took {Seconds:0.0} s; it should take less than 0.5 s")]
    public static partial void VerbWasSlow(this ILogger log, double seconds);

    [LoggerMessage(7002, LogLevel.Error, "The control thread's tick failed; going on")]
    public static partial void TickFailed(this ILogger log, Exception problem);
}
