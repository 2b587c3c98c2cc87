using System.Text.Json.Serialization;

namespace PluginGateway.Shutdown;

/// <summary>The parts of a stop that take time, in their order.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StopPhase>))]
internal enum StopPhase
{
    Notices,
    Drain,
    Teardown,
    StoreClose,
    LogFlush,
}

/// <summary>Longest duration of a stop, in total and by phase. Zero or less: the phase has no bound of its own; the total still holds.</summary>
internal sealed record ShutdownBounds(TimeSpan Total, TimeSpan Notices, TimeSpan Drain, TimeSpan Teardown, TimeSpan StoreClose, TimeSpan LogFlush)
{
    /// <summary>20 s in all; 5, 5, 5, 3 and 0.5.</summary>
    public static ShutdownBounds Default { get; } = new(
        TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(3),
        TimeSpan.FromSeconds(0.5));

    public TimeSpan this[StopPhase phase] => phase switch
    {
        StopPhase.Notices => Notices,
        StopPhase.Drain => Drain,
        StopPhase.Teardown => Teardown,
        StopPhase.StoreClose => StoreClose,
        StopPhase.LogFlush => LogFlush,
        _ => throw new ArgumentOutOfRangeException(nameof(phase), phase, "not a phase of a stop"),
    };
}

/// <summary>Divides one absolute deadline among the phases: each gets the smaller of its own bound and the time left, minus the reserves of later
/// phases. Time that a phase does not use is left to later ones. The store's close and the log's flush reserve all of their bound; notices, drain and
/// teardown share what remains, so that a small budget shortens all three instead of leaving nothing for the last.</summary>
internal sealed class ShutdownBudget(ShutdownBounds bounds)
{
    /// <summary>Reserve of a plugin phase without a bound of its own.</summary>
    private static readonly TimeSpan UnboundedReserve = TimeSpan.FromSeconds(5);

    public ShutdownBounds Bounds { get; } = bounds;

    /// <summary>Returns the time granted to a phase that begins after this part of the stop. Never negative, never more than is left.</summary>
    public TimeSpan Grant(StopPhase phase, TimeSpan elapsed)
    {
        var available = Bounds.Total - elapsed;
        for (var later = phase + 1; later <= StopPhase.LogFlush; later++) available -= Reserve(later);
        if (available <= TimeSpan.Zero) return TimeSpan.Zero;
        var own = Bounds[phase];
        return own > TimeSpan.Zero && own < available ? own : available;
    }

    private TimeSpan Reserve(StopPhase phase)
    {
        var ours = Wanted(StopPhase.StoreClose) + Wanted(StopPhase.LogFlush);
        if (phase >= StopPhase.StoreClose) return Wanted(phase) * Share(Bounds.Total, ours);
        var plugins = Wanted(StopPhase.Notices) + Wanted(StopPhase.Drain) + Wanted(StopPhase.Teardown);
        return Wanted(phase) * Share(Bounds.Total - ours, plugins);
    }

    private TimeSpan Wanted(StopPhase phase)
    {
        var own = Bounds[phase];
        if (own > TimeSpan.Zero) return own;
        return phase == StopPhase.LogFlush
            ? ShutdownBounds.Default.LogFlush
            : phase == StopPhase.StoreClose ? ShutdownBounds.Default.StoreClose : UnboundedReserve;
    }

    /// <summary>Returns the part of the wanted time that is left.</summary>
    private static double Share(TimeSpan available, TimeSpan wanted) => available <= TimeSpan.Zero ? 0 : Math.Min(1, available / wanted);
}
