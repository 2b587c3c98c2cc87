using System.Diagnostics;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Every adapter starts by itself; what cannot start says why.</summary>
public sealed class StartTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Adapters_that_hang_in_load_and_connect_delay_nobody_and_all_of_them_take_one_bound()
    {
        using var folder = new TempFolder();
        const int seconds = 8;
        string[] sins = ["sleep", "never", "lock", "wait", "uninterruptible"];
        var hanging = sins.Select(static sin => new Sinner(sin, "connect"))
            .Concat(sins.Where(static sin => sin != "never").Select(static sin => new Sinner(sin, "construct"))).ToArray();
        var clock = Stopwatch.StartNew();
        using var gateway = GatewayProcess.Start(folder, Plans.With([.. hanging.Select(static sinner => sinner.Json), Plans.Healthy],
            timeouts: new JsonObject { ["connectSeconds"] = seconds, ["loadSeconds"] = seconds }));
        using var client = new ChatClient(gateway.Address);
        Bound.Until(() => client.PostAsync("beside", "m1", "beside hanging ones").GetAwaiter().GetResult() == System.Net.HttpStatusCode.Accepted,
            Bound.Start, () => gateway.Said);
        using var stream = client.Listen("beside");
        stream.WaitFor(1, Bound.Replies);
        var answered = clock.Elapsed;
        var status = gateway.Status();
        Assert.Equal("starting", status.State);
        Assert.Equal("connected", status.Adapter("healthy").GetProperty("state").GetString());
        Assert.All(
            hanging, sinner => Assert.Contains(status.Adapter(sinner.Id).GetProperty("state").GetString(), (string[])["connecting", "loading"]));

        gateway.WaitUntilReady();
        output.WriteLine($"answered after {answered.TotalSeconds:0.0} s, all settled after {clock.Elapsed.TotalSeconds:0.0} s");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(seconds * 3), $"{hanging.Length} hanging adapters took {clock.Elapsed.TotalSeconds:0.0} s");
        var degraded = gateway.Status();
        Assert.Equal("degraded", degraded.State);
        var reasons = degraded.Json.GetProperty("reasons").ToString();
        Assert.All(hanging, sinner => Assert.Contains($"'{sinner.Id}'", reasons, StringComparison.Ordinal));
        await client.SendAsync("beside", "m2", "still there");
        stream.WaitFor(2, Bound.Replies);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void Where_every_adapter_may_still_come_it_stays_up_degraded_with_the_reason()
    {
        using var folder = new TempFolder();
        var sinner = new Sinner("throws", "connect");
        var plan = JsonNode.Parse(Plans.With([sinner.Json]))!;
        plan["adapters"]!.AsArray().RemoveAt(0);
        using var gateway = GatewayProcess.StartReady(folder, plan.ToJsonString());
        Thread.Sleep(1000);
        var (exitCode, status) = Status.ByCommand(gateway.Data);
        Assert.Equal((1, "degraded"), (exitCode, status.State));
        Assert.Contains("plainly thrown", status.Json.GetProperty("reasons").ToString(), StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    [Original("exit code")]
    public void Where_no_adapter_is_enabled_it_ends_with_78_and_says_so()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.Start(folder, """{ "adapters": [ { "id": "web", "plugin": "WebChat", "enabled": false } ] }""");
        Assert.Equal(78, gateway.WaitForExit(Bound.Start));
        Assert.Contains("enabled", gateway.Said, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["data", "gateway.pid"]));
    }

    [Fact]
    [Acceptance(12)]
    public void SIGTERM_while_a_plugin_hangs_in_its_module_initializer_ends_it_within_its_bounds()
    {
        using var folder = new TempFolder();
        File.WriteAllText(Path.Combine(Asset.Place(folder, "LoadingFaults", "Hanging"), "fault"), "module initializer hangs");
        using var gateway = GatewayProcess.Start(folder, """
            { "gateway": { "pluginPaths": ["more"], "timeouts": { "loadSeconds": 100 } }, "adapters": [ { "id": "web", "plugin": "WebChat" }, { "id": "hanging", "plugin": "Hanging" } ] }
            """);
        Bound.Until(() => gateway.Answer("/chat") == System.Net.HttpStatusCode.OK, Bound.Start, () => gateway.Said);
        var clock = Stopwatch.StartNew();
        Assert.True(gateway.Stop() == 0, gateway.Said);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }
}
