using PluginGateway.Configuration;

namespace PluginGateway.Supervision;

/// <summary>Delays before reconnect attempts: doubling to the cap, full jitter, for ever.</summary>
internal sealed class BackoffPolicy(ReconnectOptions options, Random random)
{
    /// <summary>The longest wait that a platform can demand: an adapter that shall wait longer is parked, for the operator to decide.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <param name="attempt">The failed attempts so far, from 1.</param>
    /// <param name="demandedByPlatform">The least wait the platform demands, or null.</param>
    public TimeSpan Delay(int attempt, TimeSpan? demandedByPlatform = null)
    {
        var ceiling = Math.Min(options.Cap.TotalSeconds, options.First.TotalSeconds * Math.Pow(2, Math.Min(attempt - 1, 30)));
        var delay = TimeSpan.FromSeconds(ceiling * random.NextDouble());
        if (demandedByPlatform > delay) delay = demandedByPlatform.Value;
        return delay < Longest ? delay : Longest;
    }
}
