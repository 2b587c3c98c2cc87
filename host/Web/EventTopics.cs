using System.Collections.Concurrent;

namespace PluginGateway.Web;

/// <summary>All event topics and all open streams of the gateway.</summary>
internal sealed class EventTopics(TimeProvider clock)
{
    /// <summary>Streams that may be open at once.</summary>
    public const int MaxStreams = 1024;

    /// <summary>How long a stream may be silent before a comment is sent through it.</summary>
    public static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(15);

    private const int LooksPerTick = 256;

    private readonly ConcurrentDictionary<string, AdapterTopics> _adapters = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<EventReader, byte> _open = new();
    private int _openCount;
    private volatile bool _stopping;

    /// <summary>Readers that fell too far behind, for the thread that cuts them.</summary>
    public Threads.Mailbox<EventReader> TooSlow { get; } = new();

    /// <summary>Streams that are open.</summary>
    public int OpenStreams => Volatile.Read(ref _openCount);

    /// <summary>The topics of an adapter id; the same object for all its generations.</summary>
    public AdapterTopics For(string adapterId) => _adapters.GetOrAdd(adapterId, static (id, clock) => new AdapterTopics(id, clock), clock);

    /// <summary>Opens a stream after a position. Null when too many are open.</summary>
    public EventReader? Open(string adapterId, string topic, long afterPosition)
    {
        if (Interlocked.Increment(ref _openCount) > MaxStreams)
        {
            Interlocked.Decrement(ref _openCount);
            return null;
        }

        var topics = For(adapterId);
        var reader = new EventReader(topics, topic, clock, TooSlow.Post);
        try
        {
            topics.Open(reader, afterPosition);
        }
        catch (ArgumentException)
        {
            Interlocked.Decrement(ref _openCount);
            throw;
        }

        _open[reader] = 0;
        if (_stopping) reader.Offer(EventBytes.Stopping);
        return reader;
    }

    /// <summary>Closes a stream.</summary>
    public void Close(EventReader reader)
    {
        if (!_open.TryRemove(reader, out _)) return;
        reader.Owner.Close(reader);
        Interlocked.Decrement(ref _openCount);
    }

    /// <summary>Tells every open stream that the gateway is going away. Never blocks.</summary>
    public void Stopping()
    {
        _stopping = true;
        foreach (var (reader, _) in _open) reader.Offer(EventBytes.Stopping);
    }

    /// <summary>Sends heartbeats where it has been quiet and forgets unused topics. Once a second, by <see cref="StreamKeeper"/>.</summary>
    public void Tick()
    {
        foreach (var (reader, _) in _open)
        {
            if (reader.Quiet >= HeartbeatEvery) reader.Offer(EventBytes.Heartbeat);
        }

        foreach (var (_, topics) in _adapters) topics.Sweep(LooksPerTick);
    }
}
