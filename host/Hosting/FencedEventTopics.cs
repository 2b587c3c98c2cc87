using PluginGateway.Guard;
using PluginGateway.Supervision.Generations;

namespace PluginGateway.Hosting;

/// <summary>Event topics of an adapter id, fenced by one of its generations. A send under way when its generation is retired can still succeed:
/// events that it publishes then belong to the streams, which go on with the next generation.</summary>
internal sealed class FencedEventTopics(IEventTopics topics, GenerationFence fence) : IEventTopics
{
    /// <summary>Time after its retirement for which a generation may publish: the default limit of drain and disconnect.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    public Task<long> PositionAsync(string topic, CancellationToken cancellationToken) => topics.PositionAsync(topic, cancellationToken);

    public void Publish(string topic, StreamEvent streamEvent)
    {
        EventLimits.Check(topic, streamEvent);
        if (!fence.IsRetiredFor(Grace)) topics.Publish(topic, streamEvent);
    }
}
