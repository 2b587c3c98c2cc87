using PluginGateway.Guard;
using PluginGateway.Supervision.Generations;

namespace PluginGateway.Hosting;

/// <summary>The topics of an adapter id, as one of its generations may use them. A send that is under way when its generation is retired can still
/// end well: what it publishes then belongs to the streams, which go on with the next generation.</summary>
internal sealed class FencedEventTopics(IEventTopics topics, GenerationFence fence) : IEventTopics
{
    /// <summary>Time after its retirement for which a generation may publish: the default limit of drain and disconnect.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    public long Position(string topic) => topics.Position(topic);

    public void Publish(string topic, StreamEvent streamEvent)
    {
        EventLimits.Check(topic, streamEvent);
        if (!fence.IsRetiredFor(Grace)) topics.Publish(topic, streamEvent);
    }
}
