using PluginGateway.Guard;
using PluginGateway.Threads;

namespace PluginGateway.Web.Events;

/// <summary>The topics of one adapter id. Publishing copies references under a short lock: it never waits for a reader and never runs its
/// code.</summary>
internal sealed class AdapterTopics(string adapterId, TimeProvider clock) : IEventTopics
{
    /// <summary>Topics of one adapter, so that a plugin that invents names does not fill the memory.</summary>
    public const int MaxTopics = 10_000;

    /// <summary>Time for which a topic without readers is kept.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);

    /// <summary>Bytes of the events that are kept, over all topics of one adapter.</summary>
    public const long MaxBytes = 64L * 1024 * 1024;

    private const int LooksPerUse = 4;

    private readonly object _gate = new();
    private readonly Dictionary<string, LinkedListNode<EventTopic>> _topics = new(StringComparer.Ordinal);
    private readonly LinkedList<EventTopic> _byUse = new();

    /// <summary>Topics that keep events, the one whose newest is the oldest first.</summary>
    private readonly LinkedList<EventTopic> _byEvent = new();
    private long _lastPosition;
    private long _bytes;

    /// <summary>Id of the adapter that owns the topics.</summary>
    public string AdapterId { get; } = adapterId;

    /// <summary>Number of topics.</summary>
    public int Count
    {
        get
        {
            using (UninterruptibleLock.Enter(_gate)) return _topics.Count;
        }
    }

    /// <inheritdoc/>
    public Task<long> PositionAsync(string topic, CancellationToken cancellationToken) => Task.FromResult(Position(topic));

    /// <summary>Returns the position of the newest event of a topic; 0 for a topic without events.</summary>
    public long Position(string topic)
    {
        EventLimits.Check(topic);
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!_topics.TryGetValue(topic, out var node)) return 0;
            Touch(node);
            return node.Value.Position;
        }
    }

    /// <inheritdoc/>
    public void Publish(string topic, StreamEvent streamEvent)
    {
        EventLimits.Check(topic);
        ArgumentNullException.ThrowIfNull(streamEvent);
        var bytes = EventBytes.Encode(streamEvent);
        using (UninterruptibleLock.Enter(_gate))
        {
            // One counter over all topics: a topic that was forgotten and comes back never reuses a position somebody holds.
            Add(Use(topic), bytes);
        }
    }

    /// <summary>Keeps a topic also while nobody reads it or writes to it.</summary>
    public void Keep(string topic)
    {
        EventLimits.Check(topic);
        using (UninterruptibleLock.Enter(_gate)) Use(topic).IsKept = true;
    }

    /// <summary>True when everything after this position can still be read.</summary>
    public bool Remembers(string topic, long position)
    {
        EventLimits.Check(topic);
        using (UninterruptibleLock.Enter(_gate)) return _topics.TryGetValue(topic, out var node) && node.Value.Remembers(position);
    }

    /// <summary>Adds a reader.</summary>
    public void Open(EventReader reader, long afterPosition)
    {
        EventLimits.Check(reader.Topic);
        using (UninterruptibleLock.Enter(_gate)) Use(reader.Topic).Add(reader, afterPosition);
    }

    /// <summary>Removes a reader.</summary>
    public void Close(EventReader reader)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (!_topics.TryGetValue(reader.Topic, out var node) || !node.Value.Readers.Remove(reader)) return;
            Touch(node);
        }
    }

    /// <summary>Forgets topics that nobody used for a minute; looks at a bounded number.</summary>
    public void Sweep(int looks)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            for (var look = 0; look < looks && _byUse.First is { } oldest; look++)
            {
                if (oldest.Value.Readers.Count > 0 || oldest.Value.IsKept)
                {
                    Touch(oldest);
                    continue;
                }

                if (_topics.Count <= MaxTopics && clock.GetElapsedTime(oldest.Value.LastUsed) < KeptFor) return;
                _byUse.Remove(oldest);
                _topics.Remove(oldest.Value.Name);
                _bytes -= oldest.Value.Bytes;
                if (oldest.Value.ByEvent.List is not null) _byEvent.Remove(oldest.Value.ByEvent);
            }
        }
    }

    private void Add(EventTopic topic, ReadOnlyMemory<byte> bytes)
    {
        _bytes -= topic.Bytes;
        topic.Add(++_lastPosition, bytes);
        _bytes += topic.Bytes;
        if (topic.ByEvent.List is not null) _byEvent.Remove(topic.ByEvent);
        _byEvent.AddLast(topic.ByEvent);
        while (_bytes > MaxBytes && _byEvent.First is { } oldest)
        {
            _bytes -= oldest.Value.Bytes;
            oldest.Value.ForgetOldest();
            _bytes += oldest.Value.Bytes;
            if (oldest.Value.Bytes == 0) _byEvent.Remove(oldest);
        }
    }

    private EventTopic Use(string name)
    {
        if (!_topics.TryGetValue(name, out var node))
        {
            node = new LinkedListNode<EventTopic>(new EventTopic(name));
            _topics.Add(name, node);
            _byUse.AddLast(node);
        }

        Touch(node);
        Sweep(LooksPerUse);
        return node.Value;
    }

    private void Touch(LinkedListNode<EventTopic> node)
    {
        node.Value.LastUsed = clock.GetTimestamp();
        if (node.Next is null) return;
        _byUse.Remove(node);
        _byUse.AddLast(node);
    }
}
