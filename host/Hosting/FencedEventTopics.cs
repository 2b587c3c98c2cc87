using PluginGateway.Guard;
using PluginGateway.Supervision.Generations;

namespace PluginGateway.Hosting;

/// <summary>The topics of an adapter id, as one of its generations may use them.</summary>
internal sealed class FencedEventTopics(IEventTopics topics, GenerationFence fence) : IEventTopics
{
    public long Position(string topic) => topics.Position(topic);

    public void Publish(string topic, StreamEvent streamEvent)
    {
        EventLimits.Check(topic, streamEvent);
        if (!fence.IsRetired) topics.Publish(topic, streamEvent);
    }
}
