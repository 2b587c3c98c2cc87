using System.Diagnostics;
using System.Text.Json;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>`status` in every state an operator can meet.</summary>
public sealed class AskingTests
{
    [Fact]
    public void Status_of_a_gateway_that_runs_is_a_readable_table_and_exit_code_0()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        var status = Command.Run(folder.Path, "status", "--data", gateway.Data);
        Assert.True(status.ExitCode == 0, status.Said);
        foreach (var word in (string[])["ready", "web", "WebChat", "accepted", "delivered"])
            Assert.Contains(word, status.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Status_as_json_has_the_documented_fields()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        var (exitCode, status) = Status.ByCommand(gateway.Data);
        Assert.Equal((0, "ready"), (exitCode, status.State));
        AssertHas(status.Json, "state", "version", "pid", "ageSeconds", "reasons", "http", "adapters", "messages");
        AssertHas(status.Json.GetProperty("messages").GetProperty("inbound"), "accepted", "handled", "parked", "pending", "duplicates",
            "refused", "discarded");
        AssertHas(status.Json.GetProperty("messages").GetProperty("outbound"), "owed", "delivered", "rejected", "parked", "pending");
        AssertHas(status.Adapter("web"), "id", "plugin", "state", "generation", "sinceUtc", "abandonedCalls");
        Assert.Equal(gateway.Id, status.Json.GetProperty("pid").GetInt32());
        Assert.Equal("connected", status.Adapter("web").GetProperty("state").GetString());
        Assert.InRange(status.Json.GetProperty("ageSeconds").GetDouble(), 0, 5);
    }

    [Fact]
    public void Status_of_a_gateway_that_is_down_says_down_and_ends_with_1()
    {
        using var folder = new TempFolder();
        var status = Command.Run(folder.Path, "status", "--data", folder["data"]);
        Assert.True(status.ExitCode == 1, status.Said);
        Assert.Contains("down", status.Said, StringComparison.OrdinalIgnoreCase);
        Assert.False(Directory.Exists(folder["data"]), "asking made the data directory");
    }

    [Fact]
    public void Status_of_a_frozen_gateway_says_unresponsive_within_seconds_and_ready_after_it_thawed()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder);
        gateway.Send(Signal.Stop);
        var clock = Stopwatch.StartNew();
        var (exitCode, frozen) = Status.ByCommand(gateway.Data);
        gateway.Send(Signal.Continue);

        Assert.Equal((1, "unresponsive"), (exitCode, frozen.State));
        Assert.Equal(gateway.Id, frozen.Json.GetProperty("pid").GetInt32());
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Bound.Until(() => gateway.Status().State == "ready", Bound.Start, () => $"not ready again:\n{gateway.Said}");
        Assert.Equal(0, gateway.Stop());
    }

    private static void AssertHas(JsonElement json, params string[] names) =>
        Assert.All(names, n => Assert.True(json.TryGetProperty(n, out _), $"no '{n}' in {json}"));
}
