using PluginGateway.Access;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Warnings about events that are acknowledged and discarded because they can never be stored: one an adapter and cause in ten minutes. Any
/// thread.</summary>
internal sealed class DiscardWarnings(TimeProvider clock, ILogger log)
{
    private readonly ThrottledLog _throttled = new(clock);

    public void Warn(string adapterId, InboundEvent e, DiscardCause cause)
    {
        if (cause is not (DiscardCause.Invalid or DiscardCause.TooLarge) || !_throttled.TryAcquire(adapterId, cause, out var others)) return;
        var reason = cause == DiscardCause.Invalid ? $"its {InboundRules.UnsoundIdOf(e)} has a NUL or half of a surrogate pair"
            : $"its text is over {InboundRules.MaxTextBytes} bytes, or all of it over {InboundRules.MaxPayloadBytes}";
        log.EventDiscarded(adapterId, e.GetType().Name, cause.Name(), reason, others);
    }

    /// <summary>An adapter id is no longer configured.</summary>
    public void Forget(string adapterId) => _throttled.Forget(adapterId);
}
