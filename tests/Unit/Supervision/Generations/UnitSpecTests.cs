using PluginGateway.Configuration.Options;
using PluginGateway.Supervision.Generations;

namespace PluginGateway.Tests.Supervision.Generations;

public sealed class UnitSpecTests
{
    private static readonly GatewayOptions Gateway = new() { DataDirectory = "", PluginPaths = ["p"] };
    private static readonly CallTimeouts Timeouts = new()
    {
        Load = TimeSpan.FromSeconds(1),
        Turn = TimeSpan.FromSeconds(2),
        Disconnect = TimeSpan.FromSeconds(3),
        Send = TimeSpan.FromSeconds(4),
        Drain = TimeSpan.FromSeconds(5),
        Connect = TimeSpan.FromSeconds(6),
        Http = TimeSpan.FromSeconds(7),
    };

    [Fact]
    public void A_handler_has_the_timeouts_that_are_its_own()
    {
        var spec = UnitSpec.Of(new HandlerOptions { Timeouts = Timeouts, ConcurrentTurns = 7 }, Gateway);
        var own = new CallTimeouts
        {
            Load = Timeouts.Load,
            Connect = Timeouts.Connect,
            Turn = Timeouts.Turn,
            Http = Timeouts.Http,
            Disconnect = Timeouts.Disconnect,
            Probe = default,
        };
        Assert.Equal(own, spec.Timeouts);
        var isolated = UnitSpec.Of(new HandlerOptions { Timeouts = Timeouts, Isolation = IsolationMode.Process }, Gateway);
        Assert.Equal(own with { Probe = Timeouts.Probe }, isolated.Timeouts);
        Assert.Equal((7, "Echo"), (spec.ConcurrentTurns, spec.Plugin));
        Assert.Equal(Gateway.PluginPaths, spec.PluginPaths);
    }

    [Fact]
    public void An_adapter_does_not_depend_on_what_is_its_handlers_or_the_gateways()
    {
        var spec = UnitSpec.Of(new AdapterOptions { Id = "a", Plugin = "P", Timeouts = Timeouts }, Gateway);
        Assert.Equal(Timeouts with { Turn = default, Drain = default, StoreClose = default }, spec.Timeouts);
        Assert.True(spec.MakesTheSameAs(UnitSpec.Of(new AdapterOptions
        {
            Id = "a",
            Plugin = "P",
            Timeouts = Timeouts with { Turn = TimeSpan.FromSeconds(9), Drain = TimeSpan.FromSeconds(9) }
        }, Gateway with { PluginPaths = [] })));
        Assert.False(spec.MakesTheSameAs(
            UnitSpec.Of(new AdapterOptions { Id = "a", Plugin = "P", Timeouts = Timeouts with { Send = TimeSpan.FromSeconds(9) } }, Gateway)));
        Assert.Equal("P", spec.ToString());
    }
}
