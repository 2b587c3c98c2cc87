namespace PluginGateway.Plugins.Irc;

/// <summary>Events on their way into the gateway, in their order. The reader, which adds messages, waits when too many are waiting: then the socket is
/// not read, and the server keeps the rest. Other events never take the room of messages: they are dropped, and counted.</summary>
internal sealed class ReceivedEvents(AdapterContext context)
{
    /// <summary>Events held in memory: PINGs and PONGs behind them are still read.</summary>
    private const int MostWaiting = 16_384;

    /// <summary>Waiting messages and events above which no further event that is no message is added.</summary>
    public const int MostBeforeEvents = MostWaiting / 2;

    private readonly InboxPump _pump = new(context, MostWaiting);
    private bool _isFull;
    private long _dropped;

    /// <summary>Events other than messages that were dropped.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>True: all messages read have been handed over.</summary>
    public bool IsIdle => _pump.Unanswered == 0;

    /// <summary>True: there is no room, and the socket is not read.</summary>
    public bool IsFull => Volatile.Read(ref _isFull);

    /// <summary>Adds a message, when there is room for it.</summary>
    public async ValueTask AddAsync(InboundMessage message, CancellationToken cancellationToken)
    {
        if (_pump.TryAdd(message, null)) return;
        Volatile.Write(ref _isFull, true);
        await _pump.AddAsync(message, null, cancellationToken);
        Volatile.Write(ref _isFull, false);
    }

    /// <summary>Adds an event that is no message, unless half of the room is taken.</summary>
    public void Add(InboundEvent inboundEvent)
    {
        if (_pump.Unanswered >= MostBeforeEvents || !_pump.TryAdd(inboundEvent, null)) Interlocked.Increment(ref _dropped);
    }

    /// <summary>Marks the end of input: <see cref="RunAsync"/> ends when the rest has been handed over.</summary>
    public void Complete() => _pump.Complete();

    /// <summary>Hands events over until the last one is taken or the token is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => _pump.RunAsync(cancellationToken);
}
