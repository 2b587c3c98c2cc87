using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>How long a stop takes with adapters that hang: the slowest decides, not the sum.</summary>
[Collection<RunsAlone>]
public sealed class StopTimeTests(ITestOutputHelper output)
{
    private static readonly (string Sin, string Phase)[] Ways =
        [("never", "disconnect-at-stop"), ("sleep", "disconnect-at-stop"), ("never", "dispose-at-stop"), ("sleep", "dispose-at-stop")];

    private static readonly int Runs = Chance.IsLong ? 12 : 2;

    /// <summary>The default bound where there is time for it.</summary>
    private static readonly double DisconnectSeconds = Chance.IsLong ? 5 : 1;

    [Fact]
    [Acceptance(1)]
    [Acceptance(4)]
    [Acceptance(8)]
    [Original("_teardown_adapters")]
    public void A_stop_with_any_number_of_hanging_adapters_half_of_them_blocking_takes_one_bound()
    {
        List<string> table =
        [
            string.Create(CultureInfo.InvariantCulture,
                $"SIGTERM to exit, disconnect bound {DisconnectSeconds} s, {Runs} runs each; the adapters hang for ever in disconnect or dispose, half of them blocking synchronously."),
            "",
            "| hung adapters | min, s | median, s | p95, s | max, s |",
            "|---|---|---|---|---|",
        ];
        foreach (var hung in (int[])[0, 1, 10, 100])
        {
            var times = Enumerable.Range(0, Runs).Select(_ => Measure(hung)).Order().ToArray();
            table.Add(string.Create(CultureInfo.InvariantCulture,
                $"| {hung} | {times[0]:0.00} | {times[times.Length / 2]:0.00} | {times[(int)Math.Ceiling(times.Length * 0.95) - 1]:0.00} | {times[^1]:0.00} |"));
            output.WriteLine(table[^1]);
            Assert.InRange(times[^1], hung == 0 ? 0 : DisconnectSeconds - 0.6, (hung == 0 ? 0 : DisconnectSeconds) + 6);
        }

        Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts"));
        File.WriteAllLines(Path.Combine(Repository.Root, "artifacts", "stop-times.md"), table);
    }

    [Fact]
    [Acceptance(8)]
    [Acceptance(9)]
    [Original("_teardown_adapters")]
    public void Blocks_everywhere_a_starved_pool_and_spinning_threads_together_do_not_delay_the_stop_beyond_its_bounds()
    {
        using var folder = new TempFolder();
        Sinner[] sinners =
        [
            new("sleep", "connect"), new("sleep", "send"), new("sleep", "disconnect-at-stop"), new("sleep", "dispose-at-stop"),
            new("cancel-blocks", "connect"), new("park-200", "run"), new("spin-all", "run"),
        ];
        using var gateway = GatewayProcess.Start(folder, Plans.With(sinners.Select(static sinner => sinner.Json),
            timeouts: new JsonObject { ["connectSeconds"] = 2, ["sendSeconds"] = 2, ["drainSeconds"] = 1, ["disconnectSeconds"] = 1 }));
        foreach (var sinner in sinners.Where(static sinner => !sinner.Phase.EndsWith("-at-stop", StringComparison.Ordinal)))
            Bound.Until(() => gateway.Said.Contains($"begins {sinner.Sin} in {sinner.Phase}", StringComparison.Ordinal), Bound.Start,
                () => $"{sinner.Id}:\n{gateway.Said}");
        var clock = Stopwatch.StartNew();
        Assert.True(gateway.Stop() == 0, gateway.Said);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }

    private static double Measure(int hung)
    {
        using var folder = new TempFolder();
        var adapters = Enumerable.Range(0, hung).Select(i =>
        {
            var json = new Sinner(Ways[i % Ways.Length].Sin, Ways[i % Ways.Length].Phase, DisconnectSeconds).Json;
            json["id"] = $"hung-{i:000}";
            return json;
        });
        using var gateway = GatewayProcess.StartReady(
            folder, Plans.With(adapters, timeouts: new JsonObject { ["disconnectSeconds"] = DisconnectSeconds, ["loadSeconds"] = 60 }));
        Bound.Until(() => gateway.Said.Split(": connected").Length > hung + 1, Bound.Start, () => $"not all are connected:\n{gateway.Said}");
        var clock = Stopwatch.StartNew();
        gateway.Send(Signal.Terminate);
        while (!gateway.HasExited && clock.Elapsed < Bound.Stop) Thread.Sleep(2);
        var took = clock.Elapsed.TotalSeconds;
        Assert.True(gateway.WaitForExit(Bound.Command) == 0, gateway.Said);
        Assert.Equal(hung, gateway.Said.Split("overran its teardown").Length - 1);
        Assert.False(File.Exists(folder["data", "gateway.pid"]));
        return took;
    }
}
