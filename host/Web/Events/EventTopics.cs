using System.Collections.Concurrent;
using PluginGateway.Threads;
using PluginGateway.Web.Security;

namespace PluginGateway.Web.Events;

/// <summary>All event topics and all open streams of the gateway.</summary>
internal sealed class EventTopics(TimeProvider clock)
{
    /// <summary>Streams of adapters that may be open at once.</summary>
    public const int MaxStreams = 1024;

    /// <summary>Streams of an adapter that one client has in any case: when all are taken, a client that holds more gives one up to one that holds
    /// fewer.</summary>
    public const int ClientShare = 32;

    /// <summary>Streams of the gateway's own (<c>/api/events</c>), beside those.</summary>
    public const int ForPrograms = 64;

    /// <summary>Owner of the gateway's own topics: no adapter id has a colon.</summary>
    public const string Gateway = ":gateway";

    /// <summary>Time without an event after which a comment is sent through a stream.</summary>
    public static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(15);

    private const int LooksPerTick = 256;

    private readonly ConcurrentDictionary<string, AdapterTopics> _adapters = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<EventReader, byte> _open = new();
    private readonly object _gate = new();
    private int _openCount;
    private int _programs;
    private long _opened;
    private volatile bool _stopping;

    /// <summary>Readers that fell too far behind or lost their place, for the thread that cuts them.</summary>
    public Mailbox<EventReader> TooSlow { get; } = new();

    /// <summary>Streams that are open.</summary>
    public int OpenStreams => Volatile.Read(ref _openCount);

    /// <summary>The topics of an adapter id; the same object for all its generations, and kept when the id leaves the configuration: should it come
    /// back, its positions go on.</summary>
    public AdapterTopics For(string adapterId) =>
        UninterruptibleLock.Uninterrupted(() => _adapters.GetOrAdd(adapterId, static (id, clock) => new AdapterTopics(id, clock), clock));

    /// <summary>Opens a stream after a position. Null when too many are open.</summary>
    public EventReader? Open(string adapterId, string topic, long afterPosition, string client = ClientAddress.Unknown)
    {
        var topics = For(adapterId);
        EventReader reader;
        EventReader? displaced;
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!HasRoom(adapterId, client, out displaced)) return null;
            reader = new EventReader(topics, topic, client, clock, TooSlow.Post) { Opened = ++_opened };
            topics.Open(reader, afterPosition);
            if (displaced is not null) Remove(displaced);
            UninterruptibleLock.Uninterrupted(() => _open.TryAdd(reader, 0));
            Count(reader, 1);
        }

        if (displaced is not null)
        {
            displaced.IsDisplaced = true;
            displaced.Owner.Close(displaced);
            TooSlow.Post(displaced);
        }

        if (_stopping) reader.Offer(EventBytes.Stopping);
        return reader;
    }

    /// <summary>Closes a stream.</summary>
    public void Close(EventReader reader)
    {
        using (UninterruptibleLock.Enter(_gate)) if (!Remove(reader)) return;
        reader.Owner.Close(reader);
    }

    /// <summary>Makes room where all streams are taken: the adapter that holds most gives one up to an adapter with less than an equal part; within
    /// an adapter the client that holds most gives one up to a client with fewer than its share.</summary>
    private bool HasRoom(string adapterId, string client, out EventReader? displaced)
    {
        displaced = null;
        if (adapterId == Gateway ? _programs < ForPrograms : _openCount - _programs < MaxStreams) return true;
        var adapters = _open.Keys.Where(reader => reader.Owner.AdapterId == Gateway == (adapterId == Gateway))
            .ToLookup(static reader => reader.Owner.AdapterId);
        var largest = adapters.MaxBy(static held => held.Count())!;
        var parts = adapters.Contains(adapterId) ? adapters.Count : adapters.Count + 1;
        if (largest.Key != adapterId && adapters[adapterId].Count() < MaxStreams / parts)
        {
            displaced = OldestOf(Greediest(largest));
            return true;
        }

        var own = adapters[adapterId].ToArray();
        if (own.Count(reader => reader.Client == client) >= ClientShare || own.Length == 0) return false;
        var greediest = Greediest(own);
        if (greediest.Count() <= ClientShare) return false;
        displaced = OldestOf(greediest);
        return true;
    }

    private static IGrouping<string, EventReader> Greediest(IEnumerable<EventReader> readers) =>
        readers.GroupBy(static reader => reader.Client).MaxBy(static held => held.Count())!;

    private static EventReader OldestOf(IEnumerable<EventReader> readers) => readers.MinBy(static reader => reader.Opened)!;

    private bool Remove(EventReader reader)
    {
        if (!UninterruptibleLock.Uninterrupted(() => _open.TryRemove(reader, out _))) return false;
        Count(reader, -1);
        return true;
    }

    private void Count(EventReader reader, int change)
    {
        Interlocked.Add(ref _openCount, change);
        if (reader.Owner.AdapterId == Gateway) _programs += change;
    }

    /// <summary>Tells every open stream that the gateway is going away. Never blocks.</summary>
    public void Stopping()
    {
        _stopping = true;
        foreach (var (reader, _) in _open) reader.Offer(EventBytes.Stopping);
    }

    /// <summary>Sends heartbeats where it has been quiet and forgets unused topics. Once a second, by <see cref="StreamHeartbeat"/>.</summary>
    public void Tick()
    {
        foreach (var (reader, _) in _open)
        {
            if (reader.Quiet >= HeartbeatEvery) reader.Offer(EventBytes.Heartbeat);
        }

        foreach (var (_, topics) in _adapters) topics.Sweep(LooksPerTick);
    }
}
