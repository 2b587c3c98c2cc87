using Moq;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Guard;
using PluginGateway.Loading;

namespace PluginGateway.Tests.Dispatch;

public sealed class AttachedAdaptersTests
{
    private readonly AttachedAdapters _adapters = new();

    [Fact]
    public void Only_the_generation_at_work_is_there_and_the_detach_of_an_earlier_one_changes_nothing()
    {
        Assert.Null(_adapters["a"]);
        _adapters.Attach(Port(1));
        _adapters.Attach(Port(2));
        _adapters.Detach("a", 1);
        Assert.Equal(2, _adapters["a"]!.Generation);
        _adapters.Detach("a", 2);
        Assert.Null(_adapters["a"]);
        _adapters.Detach("b", 1);
        Assert.Single(_adapters.Known);
    }

    /// <summary>A table that keeps the guard of a generation that is gone keeps its plugin in memory.</summary>
    [Fact]
    public void What_is_served_stays_known_over_a_reconnect_and_nothing_of_the_generation_is_kept()
    {
        Assert.True(_adapters.Attach(Port(1) with { Http = new HttpPort("/chat", true, Mock.Of<IGuardedHttp>()) }));
        Assert.True(_adapters.Detach("a", 1));
        Assert.Equal(new AttachedAdapter("a", null, new HttpPort("/chat", true, null)), Assert.Single(_adapters.Known));
        Assert.True(_adapters.Attach(Port(2)));
        Assert.Null(Assert.Single(_adapters.Known).Http);
        Assert.False(_adapters.Attach(Port(3)));
        Assert.False(_adapters.Forget("a"));
        Assert.Empty(_adapters.Known);
    }

    private static AdapterPort Port(int generation) =>
        new("a", generation, new AdapterTraits(), new CallTimeouts(), AdapterCapabilities.None, static _ => { });
}
