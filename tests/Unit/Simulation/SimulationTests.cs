using System.Collections.Concurrent;
using System.Globalization;

namespace PluginGateway.Tests.Simulation;

/// <summary>
/// Thousands of seeded runs with faults and crashes, invariants checked after every step. One seed again, with its whole trace:
/// <c>GATEWAY_SIMULATION_SEED=17</c>; more of them: <c>GATEWAY_SIMULATION_RUNS=100000</c>.
/// </summary>
public sealed class SimulationTests
{
    private static readonly int Runs = Effort.IsLong ? 5000 : 250;

    [Fact]
    public void No_sequence_of_faults_and_crashes_loses_repeats_or_reorders_anything()
    {
        if (Number("GATEWAY_SIMULATION_SEED") is { } one)
        {
            using var ledger = new Ledger();
            var simulationFixture = new SimulationFixture(one, ledger);
            var failure = Record.Exception(simulationFixture.Run);
            TestContext.Current.TestOutputHelper?.WriteLine(simulationFixture.Trace.ToString());
            Assert.True(failure is null, $"{failure?.Message}\n{simulationFixture.Trace}\n{failure}");
            return;
        }

        var failures = new ConcurrentDictionary<int, string>();
        var (next, runs) = (0, Number("GATEWAY_SIMULATION_RUNS") ?? Effort.Of(Runs));
        // Threads of its own: the pool belongs to the tests beside this one.
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(PlayAll) { IsBackground = true }).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.True(failures.IsEmpty, failures.OrderBy(static f => f.Key).Select(static f => f.Value).FirstOrDefault());

        void PlayAll()
        {
            using var ledger = new Ledger();
            while (failures.IsEmpty && Interlocked.Increment(ref next) is var seed && seed <= runs)
            {
                if (Play(seed, ledger) is { } failure) failures[seed] = failure;
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void A_seed_always_tells_the_same_story(int seed)
    {
        var (first, second) = (Story(seed), Story(seed));
        Assert.Equal(first, second);
        Assert.True(first.Length > 1000);

        static string Story(int seed)
        {
            using var ledger = new Ledger();
            var simulationFixture = new SimulationFixture(seed, ledger);
            simulationFixture.Run();
            // Keys bear the random name of the database.
            return System.Text.RegularExpressions.Regex.Replace(simulationFixture.Trace.ToString(), "[0-9a-f]{12}", "db");
        }
    }

    private static string? Play(int seed, Ledger ledger)
    {
        var simulationFixture = new SimulationFixture(seed, ledger);
        try
        {
            simulationFixture.Run();
            return null;
        }
        catch (Exception exception)
        {
            return $"Seed {seed} ({exception.GetType().Name}): {exception.Message}\nAgain: GATEWAY_SIMULATION_SEED={seed}\n{simulationFixture.Trace}\n{(exception is ViolationException ? "" : exception.StackTrace)}";
        }
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
