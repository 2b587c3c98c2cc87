using PluginGateway.Configuration.Options;

namespace PluginGateway.Supervision.Machine;

/// <summary>Delays before reconnect attempts, by cause. A platform that refuses is tried ever more rarely: doubling to the cap, full jitter, for
/// ever. One that could not be reached has no cost of it, and users notice each second: it is tried every second or two at first, and a few times a
/// minute after ten minutes.</summary>
internal sealed class BackoffPolicy(ReconnectOptions options, Random random)
{
    /// <summary>The longest wait that a platform can demand: an adapter that shall wait longer is parked, for the operator to decide.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>Longest duration of a short outage.</summary>
    public static readonly TimeSpan ShortOutage = TimeSpan.FromMinutes(10);

    /// <summary>Delay in a short outage: with the attempt itself at most 2 s, the goal within <see cref="ShortOutage"/>.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(15);

    /// <param name="refusals">The attempts so far that the platform refused or that failed there, from 1.</param>
    /// <param name="demandedByPlatform">The least wait the platform demands, or null.</param>
    /// <param name="unreachableFor">Time for which the connection has been down, when this attempt reached no server; null: a server was
    /// reached.</param>
    public TimeSpan Delay(int refusals, TimeSpan? demandedByPlatform = null, TimeSpan? unreachableFor = null)
    {
        var delay = unreachableFor is { } down ? Unreachable(down) : Refused(refusals);
        if (demandedByPlatform > delay) delay = demandedByPlatform.Value;
        return delay < Longest ? delay : Longest;
    }

    private TimeSpan Refused(int refusals) =>
        TimeSpan.FromSeconds(
            Math.Min(options.Cap.TotalSeconds, options.First.TotalSeconds * Math.Pow(2, Math.Min(refusals - 1, 30))) * random.NextDouble());

    /// <summary>Returns the delay after an attempt that reached no server. Half of it is jitter: connections lost together are not retried in step.
    /// The operator's limits apply.</summary>
    private TimeSpan Unreachable(TimeSpan down)
    {
        var ceiling = Math.Min(options.Cap.TotalSeconds, Math.Max(options.First.TotalSeconds, (down < ShortOutage ? Soon : Later).TotalSeconds));
        return TimeSpan.FromSeconds(ceiling * (0.5 + (random.NextDouble() / 2)));
    }
}
