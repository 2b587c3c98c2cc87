using PluginGateway.Configuration.Options;
using PluginGateway.Supervision.Generations;

namespace PluginGateway.Tests.Supervision.Generations;

public sealed class HandlerIdsTests
{
    [Fact]
    public void An_adapter_with_a_handler_of_its_own_is_answered_by_that_and_any_other_by_the_default()
    {
        AdapterOptions[] adapters = [new() { Id = "own", Plugin = "P", Handler = new HandlerOptions() }, new() { Id = "plain", Plugin = "P" }];
        var configuration = new GatewayConfiguration(new GatewayOptions { DataDirectory = "" }, new HandlerOptions(), adapters, "", "");
        var route = HandlerIds.Router(configuration);
        Assert.Equal(["handler:own", "handler:default", "handler:default"], [route("own"), route("plain"), route("unknown")]);
    }
}
