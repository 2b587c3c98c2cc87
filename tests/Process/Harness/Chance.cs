using System.Globalization;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>Random choices that can be made again.</summary>
internal static class Chance
{
    private const string Variable = "GATEWAY_TESTS_SEED";

    /// <summary>True when everything that is random or measured is to be done as often as it takes to believe it.</summary>
    public static bool IsLong => Environment.GetEnvironmentVariable("GATEWAY_TESTS_LONG") == "1";

    /// <summary>The seed of this run, said so that the run can be had again.</summary>
    public static int Seed(ITestOutputHelper output)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out var given)
            ? given
            : Random.Shared.Next(1_000_000);
        output.WriteLine($"{Variable}={seed}");
        return seed;
    }

    public static TimeSpan Within(this Random random, TimeSpan most) => most * random.NextDouble();

    public static T Of<T>(this Random random, IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];
}
