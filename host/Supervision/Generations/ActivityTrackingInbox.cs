using PluginGateway.Threads;

namespace PluginGateway.Supervision.Generations;

/// <summary>The inbox of one generation, which remembers when something last arrived: the proof that the adapter is not deaf.</summary>
internal sealed class ActivityTrackingInbox(IInbox inbox, SteadyClock clock) : IInbox
{
    private long _heard;

    /// <summary>Time of the last arrival, by the steady clock; null: none yet. Any thread.</summary>
    public DateTimeOffset? LastInboundUtc => Volatile.Read(ref _heard) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    public Task<Acceptance> AcceptAsync(InboundEvent inboundEvent, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _heard, clock.Now.UtcTicks);
        return inbox.AcceptAsync(inboundEvent, cancellationToken);
    }

    public Task<IReadOnlyList<Acceptance>> AcceptAsync(
        IReadOnlyList<InboundEvent> events, IReadOnlyDictionary<string, string>? state, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _heard, clock.Now.UtcTicks);
        return inbox.AcceptAsync(events, state, cancellationToken);
    }
}
