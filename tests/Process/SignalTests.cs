using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Signals at every moment: more than one, during the start, while something hangs.</summary>
public sealed class SignalTests(ITestOutputHelper output)
{
    /// <summary>What a busy machine adds to the end of a process that waits for nothing.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    [Fact]
    [Acceptance(12)]
    public async Task A_second_SIGTERM_ends_the_drain_and_the_message_whose_turn_ran_is_answered_after_the_next_start()
    {
        using var folder = new TempFolder();
        var plan = Plans.With([], budget: 200, timeouts: new JsonObject { ["drainSeconds"] = 100 }, handler: Plans.SinningHandler("never"));
        using var gateway = GatewayProcess.StartReady(folder, plan);
        using var client = new ChatClient(gateway.Address);
        await client.SendAsync("twice", "m1", "asked before the stop");
        AwaitSaid(gateway, "begins never in turn");
        gateway.Send(Signal.Terminate);
        AwaitSaid(gateway, "Stopping (SIGTERM)");
        Thread.Sleep(1000);
        Assert.False(gateway.HasExited, gateway.Said);

        var clock = Stopwatch.StartNew();
        Assert.True(gateway.Stop() == 0, gateway.Said);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, Soon);
        using var next = GatewayProcess.StartReady(folder, Plans.With([]), gateway.Port);
        using var stream = client.Listen("twice");
        stream.WaitFor(1, Bound.Replies);
    }

    [Fact]
    [Acceptance(12)]
    [Original("exit code")]
    public async Task A_third_signal_ends_it_at_once_with_70_and_the_next_start_answers_what_was_accepted()
    {
        using var folder = new TempFolder();
        var plan = Plans.With([new Sinner("sleep", "disconnect-at-stop", 100).Json], budget: 300,
            timeouts: new JsonObject { ["disconnectSeconds"] = 100, ["drainSeconds"] = 100 }, handler: Plans.SinningHandler("never"));
        using var gateway = GatewayProcess.StartReady(folder, plan);
        using var client = new ChatClient(gateway.Address);
        await client.SendAsync("thrice", "m1", "asked before the stop");
        AwaitSaid(gateway, "begins never in turn");
        gateway.Send(Signal.Terminate);
        AwaitSaid(gateway, "Stopping (SIGTERM)");
        gateway.Send(Signal.Interrupt);
        AwaitSaid(gateway, "begins sleep in disconnect-at-stop");
        Thread.Sleep(500);
        Assert.False(gateway.HasExited, gateway.Said);

        var clock = Stopwatch.StartNew();
        Assert.True(gateway.Stop() == 70, gateway.Said);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, Soon);
        Assert.Contains("last resort: a third signal", gateway.Said, StringComparison.Ordinal);
        StoreCopy.AssertSound(gateway.Data);
        using var next = GatewayProcess.StartReady(folder, Plans.With([]), gateway.Port);
        using var stream = client.Listen("thrice");
        stream.WaitFor(1, Bound.Replies);
    }

    [Fact]
    [Acceptance(12)]
    public void SIGTERM_at_random_moments_of_a_start_ends_it_whatever_hangs_and_the_next_start_works()
    {
        var seed = Chance.Seed(output);
        var plan = Plans.With(
            [new Sinner("sleep", "construct").Json, new Sinner("never", "connect").Json, new Sinner("sleep", "connect").Json, Plans.Healthy],
            timeouts: new JsonObject { ["loadSeconds"] = 60, ["connectSeconds"] = 60 });
        Lanes.Run(Enumerable.Range(0, Lanes.Count), lane =>
        {
            using var folder = new TempFolder();
            var random = new Random(seed + lane);
            for (var round = 0; round < 8; round++)
            {
                using var gateway = GatewayProcess.Start(folder, plan);
                var moment = random.Within(TimeSpan.FromSeconds(1.6));
                Thread.Sleep(moment);
                if (random.Next(3) == 0)
                {
                    gateway.Send(Signal.Terminate);
                    Thread.Sleep(random.Within(TimeSpan.FromSeconds(0.3)));
                }

                var clock = Stopwatch.StartNew();
                var code = gateway.HasExited ? gateway.WaitForExit(Bound.Command) : gateway.Stop();
                // Before the gateway has taken the signals over, the runtime's own answer stands: 128 + 15.
                Assert.True(code is 0 or 143, $"exit code {code} after {moment.TotalSeconds:0.000} s:\n{gateway.Said}");
                Assert.True(clock.Elapsed < Soon, $"{clock.Elapsed.TotalSeconds:0.0} s after {moment.TotalSeconds:0.000} s:\n{gateway.Said}");
                Assert.True(code == 143 || !File.Exists(folder["data", "gateway.pid"]), $"the pid file is still there:\n{gateway.Said}");
                StoreCopy.AssertSound(gateway.Data);
            }

            using var last = GatewayProcess.StartReady(folder, Plans.With([]));
            Assert.Equal(0, last.Stop());
        });
    }

    [Theory]
    [Acceptance(12)]
    [InlineData("throws", "waiting")]
    [InlineData("never", "connecting")]
    [InlineData("sleep", "connecting")]
    public void SIGTERM_while_an_adapter_reconnects_ends_it_within_its_bounds(string sin, string state)
    {
        using var folder = new TempFolder();
        var sinner = new Sinner(sin, "connect");
        using var gateway = GatewayProcess.Start(folder, Plans.With([sinner.Json], timeouts: new JsonObject { ["connectSeconds"] = 3 }));
        Bound.Until(
            () => gateway.Adapter(sinner.Id) is var adapter && Attempts(adapter) > 1 && StateOf(adapter) == state, Bound.Start, () => gateway.Said);
        var clock = Stopwatch.StartNew();
        Assert.True(gateway.Stop() == 0, gateway.Said);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, Soon);
        Assert.False(File.Exists(folder["data", "gateway.pid"]));
    }

    [Fact]
    public async Task A_healthy_gateway_that_was_suspended_for_long_goes_on_as_if_nothing_had_been()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(
            folder, Plans.With([Plans.Healthy], timeouts: new JsonObject { ["probeSeconds"] = 2, ["typingSeconds"] = 1 }));
        using var client = new ChatClient(gateway.Address);
        using var stream = client.Listen("suspended");
        await client.SendAsync("suspended", "m1", "before");
        stream.WaitFor(1, Bound.Replies);
        gateway.Send(Signal.Stop);
        Thread.Sleep(TimeSpan.FromSeconds(Chance.IsLong ? 90 : 12));
        gateway.Send(Signal.Continue);

        await client.SendAsync("suspended", "m2", "after");
        stream.WaitFor(2, Bound.Replies);
        Bound.Until(
            () => gateway.Answer("/healthz") == HttpStatusCode.OK && gateway.Answer("/readyz") == HttpStatusCode.OK, Bound.Start, () => gateway.Said);
        var status = gateway.Status();
        Assert.Equal("ready", status.State);
        foreach (var id in (string[])["web", "healthy"])
        {
            Assert.Equal((id, 1), (id, status.Adapter(id).GetProperty("generation").GetInt32()));
            Assert.Empty(status.Adapter(id).GetProperty("abandonedCalls").EnumerateArray());
        }

        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    [Original("exit code")]
    public async Task A_stop_that_was_suspended_beyond_its_end_is_over_as_soon_as_it_goes_on()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Plans.With([], budget: 2, grace: 0.5,
            timeouts: new JsonObject { ["drainSeconds"] = 1, ["storeCloseSeconds"] = 1 }, handler: Plans.SinningHandler("never")));
        using var client = new ChatClient(gateway.Address);
        await client.SendAsync("beyond", "m1", "asked before the stop");
        AwaitSaid(gateway, "begins never in turn");
        gateway.Send(Signal.Terminate);
        AwaitSaid(gateway, "Stopping (SIGTERM)");
        gateway.Send(Signal.Stop);
        Thread.Sleep(TimeSpan.FromSeconds(6));
        gateway.Send(Signal.Continue);

        // Whoever is first: the stop itself, the last resort, or the kernel's alarm.
        var code = gateway.WaitForExit(Soon);
        Assert.True(code is 0 or 70 or 142, $"{code}:\n{gateway.Said}");
        output.WriteLine($"exit code {code}");
        StoreCopy.AssertSound(gateway.Data);
        using var next = GatewayProcess.StartReady(folder, Plans.With([]), gateway.Port);
        using var stream = client.Listen("beyond");
        stream.WaitFor(1, Bound.Replies);
    }

    private static void AwaitSaid(GatewayProcess gateway, string text) =>
        Bound.Until(() => gateway.Said.Contains(text, StringComparison.Ordinal), Bound.Command, () => $"'{text}' is not said:\n{gateway.Said}");

    private static string? StateOf(JsonElement adapter) => adapter.GetProperty("state").GetString();

    private static int Attempts(JsonElement adapter) => adapter.GetProperty("generation").GetInt32();
}
