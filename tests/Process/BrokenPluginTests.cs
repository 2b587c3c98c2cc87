using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

public sealed class BrokenPluginTests
{
    [Fact]
    public async Task A_plugin_that_is_a_text_file_is_named_and_does_not_keep_the_others_from_running()
    {
        using var folder = new TempFolder();
        folder.Write("more-plugins/Broken/Broken.dll", "I am no assembly.");
        using var gateway = GatewayProcess.StartReady(folder, """
            {
              "gateway": { "pluginPaths": ["more-plugins"] },
              "adapters": [ { "id": "broken", "plugin": "Broken" }, { "id": "web", "plugin": "WebChat" } ]
            }
            """);
        using var client = new ChatClient(gateway.Address);
        using var stream = client.Listen("beside");
        await client.SendAsync("beside", "m1", "beside a broken one");
        stream.WaitFor(1, Bound.Replies);

        var broken = gateway.Adapter("broken");
        Assert.Equal("parked", broken.GetProperty("state").GetString());
        Assert.Contains("Broken.dll", broken.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void When_every_adapter_is_refused_for_good_it_ends_with_78_and_the_reasons()
    {
        using var folder = new TempFolder();
        folder.Write("more-plugins/Broken/Broken.dll", "I am no assembly.");
        using var gateway = GatewayProcess.Start(
            folder, """{ "gateway": { "pluginPaths": ["more-plugins"] }, "adapters": [ { "id": "broken", "plugin": "Broken" } ] }""");
        Assert.Equal(78, gateway.WaitForExit(Bound.Start));
        Assert.Contains("Broken.dll", gateway.Said, StringComparison.Ordinal);
    }
}
