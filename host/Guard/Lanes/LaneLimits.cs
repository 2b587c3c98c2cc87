namespace PluginGateway.Guard.Lanes;

/// <summary>Limits of the threads of a lane that are stuck in the synchronous part of a call.</summary>
/// <param name="MostStuck">Number of stuck threads that are replaced; one more, and the generation is wedged.</param>
/// <param name="ReplaceAfter">Time in plugin code after which a thread is replaced, so that the next call is entered.</param>
internal sealed record LaneLimits(int MostStuck, TimeSpan ReplaceAfter)
{
    public static LaneLimits OfAdapter { get; } = new(3, TimeSpan.FromSeconds(1));

    /// <summary>Returns the limits of a handler: turns of many people share its lane, and the next one waits for each replacement.</summary>
    public static LaneLimits OfHandler(int concurrentTurns) =>
        new(Math.Max(OfAdapter.MostStuck, concurrentTurns / 2), TimeSpan.FromSeconds(0.25));
}
