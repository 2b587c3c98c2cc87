using PluginGateway.Threads;

namespace PluginGateway.Web;

/// <summary>The topics of one adapter id. Publishing copies references under a short lock: it never waits for a reader and never runs its code.</summary>
internal sealed class AdapterTopics(string adapterId, TimeProvider clock) : IEventTopics
{
    /// <summary>Topics of one adapter, so that a plugin that invents names does not fill the memory.</summary>
    public const int MaxTopics = 10_000;

    /// <summary>How long a topic without readers is kept.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);

    private const int MaxTopicLength = 256;
    private const int LooksPerUse = 4;

    private readonly object _gate = new();
    private readonly Dictionary<string, LinkedListNode<EventTopic>> _topics = new(StringComparer.Ordinal);
    private readonly LinkedList<EventTopic> _byUse = new();
    private long _lastPosition;

    /// <summary>Whose topics they are.</summary>
    public string AdapterId { get; } = adapterId;

    /// <summary>How many topics are kept.</summary>
    public int Count
    {
        get
        {
            using (Held.On(_gate)) return _topics.Count;
        }
    }

    /// <inheritdoc/>
    public long Position(string topic)
    {
        Check(topic);
        using (Held.On(_gate))
        {
            if (!_topics.TryGetValue(topic, out var node)) return 0;
            Touch(node);
            return node.Value.Position;
        }
    }

    /// <inheritdoc/>
    public void Publish(string topic, StreamEvent streamEvent)
    {
        Check(topic);
        ArgumentNullException.ThrowIfNull(streamEvent);
        var bytes = EventBytes.Encode(streamEvent);
        using (Held.On(_gate))
        {
            // One counter over all topics: a topic that was forgotten and comes back never reuses a position somebody holds.
            Use(topic).Add(++_lastPosition, bytes);
        }
    }

    /// <summary>Keeps a topic also while nobody reads it or writes to it.</summary>
    public void Keep(string topic)
    {
        Check(topic);
        using (Held.On(_gate)) Use(topic).IsKept = true;
    }

    /// <summary>True when everything after this position can still be read.</summary>
    public bool Remembers(string topic, long position)
    {
        Check(topic);
        using (Held.On(_gate)) return _topics.TryGetValue(topic, out var node) && node.Value.Remembers(position);
    }

    /// <summary>Adds a reader.</summary>
    public void Open(EventReader reader, long afterPosition)
    {
        Check(reader.Topic);
        using (Held.On(_gate)) Use(reader.Topic).Add(reader, afterPosition);
    }

    /// <summary>Removes a reader.</summary>
    public void Close(EventReader reader)
    {
        using (Held.On(_gate))
        {
            if (!_topics.TryGetValue(reader.Topic, out var node) || !node.Value.Readers.Remove(reader)) return;
            Touch(node);
        }
    }

    /// <summary>Forgets topics that nobody used for a minute; looks at a bounded number.</summary>
    public void Sweep(int looks)
    {
        using (Held.On(_gate))
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
            }
        }
    }

    private static void Check(string topic)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        if (topic.Length > MaxTopicLength)
            throw new ArgumentException($"The topic '{topic[..32]}...' has {topic.Length} characters; at most {MaxTopicLength} are allowed.", nameof(topic));
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
