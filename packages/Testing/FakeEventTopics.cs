namespace PluginGateway.Testing;

/// <summary>Event of a <see cref="FakeEventTopics"/>.</summary>
/// <param name="Topic">Topic.</param>
/// <param name="Event">Event.</param>
public sealed record PublishedEvent(string Topic, StreamEvent Event);

/// <summary>Topics in memory: each event has the next position over all topics. Any thread.</summary>
public class FakeEventTopics : IEventTopics
{
    private readonly List<PublishedEvent> _published = [];

    /// <summary>Copy of all events, in their order.</summary>
    public IReadOnlyList<PublishedEvent> Published
    {
        get
        {
            lock (_published) return [.. _published];
        }
    }

    /// <summary>Called at each request for a position, before it is read: for a test of what is published in between. Null: nothing.</summary>
    public Action? OnPosition { get; set; }

    /// <inheritdoc/>
    public virtual Task<long> PositionAsync(string topic, CancellationToken cancellationToken)
    {
        OnPosition?.Invoke();
        lock (_published) return Task.FromResult<long>(_published.Count);
    }

    /// <inheritdoc/>
    public virtual void Publish(string topic, StreamEvent streamEvent)
    {
        lock (_published) _published.Add(new PublishedEvent(topic, streamEvent));
    }
}
