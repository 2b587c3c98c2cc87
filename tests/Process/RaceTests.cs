using System.Globalization;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Two starts on the same data directory at the same moment.</summary>
public sealed class RaceTests(ITestOutputHelper output)
{
    private const int RoundsEach = 12;

    [Fact]
    [Original("gateway.pid, gateway.lock")]
    public void Exactly_one_wins_and_the_other_ends_with_1_and_one_sentence_that_names_the_winner()
    {
        var seed = Chance.Seed(output);
        Lanes.Run(Enumerable.Range(0, Lanes.Count), lane =>
        {
            using var folder = new TempFolder();
            folder.Write("plugins.json", "{}");
            var random = new Random(seed + lane);
            for (var round = 0; round < RoundsEach; round++) Run(folder, random);
        });
    }

    /// <summary>What an earlier round killed has left its pid file, which must mislead nobody.</summary>
    private static void Run(TempFolder folder, Random random)
    {
        using var line = new Barrier(2);
        var two = new GatewayProcess[2];
        Exception? failure = null;
        var threads = Enumerable.Range(0, 2).Select(i => new Thread(() =>
        {
            try
            {
                var port = FreePort.Next();
                line.SignalAndWait();
                two[i] = GatewayProcess.Start(folder, port: port);
            }
            catch (Exception e)
            {
                failure = e;
            }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.Null(failure);
        try
        {
            Bound.Until(() => two.Any(static one => one.HasExited), Bound.Start, () => "nobody gives way");
            var loser = two.First(static one => one.HasExited);
            var winner = two.Single(one => one != loser);
            Assert.True(loser.WaitForExit(Bound.Command) == 1, loser.Said);
            var said = Assert.Single(loser.Said.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.Contains($"process {winner.Id.ToString(CultureInfo.InvariantCulture)},", said, StringComparison.Ordinal);
            Bound.Until(() => winner.HasExited || winner.Answer("/healthz") is not null, Bound.Start, () => winner.Said);
            if (random.Next(2) == 0) winner.Kill();
            else Assert.True(winner.Stop() == 0, winner.Said);
        }
        finally
        {
            foreach (var one in two) one.Dispose();
        }
    }
}
