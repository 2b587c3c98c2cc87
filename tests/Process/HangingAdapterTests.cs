using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Adapters and handlers that hang, while the gateway runs and while it stops.</summary>
public sealed class HangingAdapterTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    [Theory]
    [Acceptance(3)]
    [Acceptance(8)]
    [Original("_safe_adapter_disconnect")]
    [InlineData("never")]
    [InlineData("sleep")]
    [InlineData("throws")]
    public void After_a_fatal_error_the_reconnect_is_queued_and_made_while_the_old_adapter_still_disconnects(string sin)
    {
        using var folder = new TempFolder();
        var sinner = new Sinner(sin, "disconnect", 60);
        using var gateway = GatewayProcess.StartReady(folder, Plans.With([sinner.Json]));
        foreach (var said in (string[])[$"begins {sin} in disconnect", "time to disconnect; retrying in"])
            Bound.Until(() => gateway.Said.Contains(said, StringComparison.Ordinal), Bound.Start, () => gateway.Said);
        Bound.Until(() => gateway.Adapter(sinner.Id).GetProperty("generation").GetInt32() > 1, TimeSpan.FromSeconds(30), () => gateway.Said);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    [Acceptance(6)]
    [Acceptance(7)]
    [Original("timeout <= 0")]
    public void Without_a_bound_a_slow_disconnect_runs_to_its_end_and_the_stop_waits_for_it()
    {
        using var folder = new TempFolder();
        var sinner = new Sinner("late-result", "disconnect-at-stop");
        using var gateway = GatewayProcess.StartReady(folder, Plans.With([sinner.Json]), environment: Unbounded);
        Assert.Equal(0, gateway.Stop());
        var report = Report(gateway, sinner);
        Assert.Equal("closed", report.GetProperty("outcome").GetString());
        Assert.InRange(report.GetProperty("usedSeconds").GetDouble(), 2.4, 15);
        Assert.Single(gateway.Said.Split('\n'), static line => line.Contains("GATEWAY_ADAPTER_DISCONNECT_TIMEOUT", StringComparison.Ordinal));
    }

    [Fact]
    [Original("timeout <= 0")]
    public void Without_a_bound_a_disconnect_that_hangs_is_ended_by_the_budget_all_the_same()
    {
        using var folder = new TempFolder();
        var sinner = new Sinner("never", "disconnect-at-stop");
        using var gateway = GatewayProcess.StartReady(folder, Plans.With([sinner.Json], budget: 5), environment: Unbounded);
        var clock = Stopwatch.StartNew();
        Assert.True(gateway.Stop() == 0, gateway.Said);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5) + Soon);
        Assert.Equal("overran", Report(gateway, sinner).GetProperty("outcome").GetString());
        StoreCopy.AssertSound(gateway.Data);
    }

    [Fact]
    [Original("cancellation by the host")]
    public void A_run_that_ends_because_the_stop_cancelled_it_is_no_failure_of_the_adapter()
    {
        using var folder = new TempFolder();
        var innocent = new Sinner("none", "none");
        using var gateway = GatewayProcess.StartReady(folder, Plans.With([innocent.Json]));
        Assert.Equal(0, gateway.Stop());
        Assert.Equal("closed", Report(gateway, innocent).GetProperty("outcome").GetString());
        Assert.DoesNotContain(gateway.Said.Split('\n'),
            static line => line.Contains(" warn ", StringComparison.Ordinal) && !line.Contains("ends-process", StringComparison.Ordinal));
    }

    [Fact]
    [Original("agent drain")]
    public async Task A_turn_that_ends_within_the_drain_is_waited_for()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(
            folder, Plans.With([], timeouts: new JsonObject { ["drainSeconds"] = 15 }, handler: Plans.SinningHandler("late-result")));
        using var client = new ChatClient(gateway.Address);
        await client.SendAsync("drain", "m1", "takes two seconds and a half");
        Bound.Until(() => gateway.Said.Contains("begins late-result in turn", StringComparison.Ordinal), Bound.Start, () => gateway.Said);
        Assert.Equal(0, gateway.Stop());
        Assert.Contains("0 messages to handle", gateway.Said, StringComparison.Ordinal);
    }

    [Fact]
    [Original("agent drain")]
    public async Task A_turn_that_does_not_end_is_cut_off_at_the_drains_own_bound_and_runs_again_after_the_next_start()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(
            folder, Plans.With([], timeouts: new JsonObject { ["drainSeconds"] = 1 }, handler: Plans.SinningHandler("sleep")));
        using var client = new ChatClient(gateway.Address);
        await client.SendAsync("drain", "m1", "never answered by this one");
        Bound.Until(() => gateway.Said.Contains("begins sleep in turn", StringComparison.Ordinal), Bound.Start, () => gateway.Said);
        var clock = Stopwatch.StartNew();
        Assert.True(gateway.Stop() == 0, gateway.Said);
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(0.9), Soon);
        using var next = GatewayProcess.StartReady(folder, Plans.With([]), gateway.Port);
        using var stream = client.Listen("drain");
        stream.WaitFor(1, Bound.Replies);
    }

    /// <summary>The chain of the original's incidents: an adapter that hangs holds the stop up, the service manager loses its patience, a pid file
    /// stays behind.</summary>
    [Fact]
    [Original("end-to-end")]
    [Original("gateway.pid, gateway.lock")]
    public async Task Killed_by_the_service_manager_in_a_stop_that_hangs_it_starts_again_over_the_stale_pid_file()
    {
        using var folder = new TempFolder();
        var wedged = new Sinner("sleep", "disconnect-at-stop", 100);
        using var gateway = GatewayProcess.StartReady(
            folder, Plans.With([wedged.Json], budget: 300, timeouts: new JsonObject { ["disconnectSeconds"] = 100 }));
        using var client = new ChatClient(gateway.Address);
        await client.SendAsync("killed", "m1", "before the stop");
        gateway.Send(Signal.Terminate);
        Bound.Until(() => gateway.Said.Contains("begins sleep in disconnect-at-stop", StringComparison.Ordinal), Bound.Start, () => gateway.Said);
        gateway.Kill();
        Assert.True(File.Exists(folder["data", "gateway.pid"]));
        StoreCopy.AssertSound(gateway.Data);
        Assert.Equal("down", Status.Of(gateway.Data).State);

        using var next = GatewayProcess.StartReady(folder, Plans.With([]), gateway.Port);
        using var stream = client.Listen("killed");
        stream.WaitFor(1, Bound.Replies);
        Assert.Equal(1, next.Status().Inbound("accepted"));
        Assert.Equal(0, next.Stop());
    }

    private static Dictionary<string, string> Unbounded => new() { ["GATEWAY_ADAPTER_DISCONNECT_TIMEOUT"] = "0" };

    private static JsonElement Report(GatewayProcess gateway, Sinner sinner) =>
        Status.Of(gateway.Data).Json.GetProperty("lastShutdown").GetProperty("adapters").EnumerateArray()
            .Single(adapter => adapter.GetProperty("id").GetString() == sinner.Id);
}
