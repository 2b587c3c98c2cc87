using Microsoft.Extensions.Time.Testing;
using PluginGateway.Hosting;
using PluginGateway.Supervision.Generations;
using PluginGateway.Web.Events;

namespace PluginGateway.Tests.Hosting;

public sealed class FencedEventTopicsTests
{
    /// <summary>A send that is under way when its generation is retired can still end well, and streams go on with the next generation.</summary>
    [Fact]
    public async Task A_retired_generation_publishes_for_a_while_and_then_nothing_any_more()
    {
        var clock = new FakeTimeProvider();
        var fence = new GenerationFence(clock);
        var topics = new FencedEventTopics(new EventTopics(clock).For("web"), fence);
        topics.Publish("t", new StreamEvent("1"));
        fence.Retire();
        topics.Publish("t", new StreamEvent("2"));
        clock.Advance(FencedEventTopics.Grace - TimeSpan.FromTicks(1));
        fence.Retire();
        topics.Publish("t", new StreamEvent("3"));
        Assert.Equal(3, await topics.PositionAsync("t", default));
        clock.Advance(TimeSpan.FromTicks(1));
        topics.Publish("t", new StreamEvent("4"));
        Assert.Equal(3, await topics.PositionAsync("t", default));
    }
}
