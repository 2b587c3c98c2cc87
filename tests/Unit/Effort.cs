using System.Globalization;

namespace PluginGateway.Tests;

/// <summary>How often a test repeats what only chance can bring out. Mutation testing, which runs every test a thousand times, takes a fraction:
/// <c>GATEWAY_TESTS_EFFORT=0.05</c>.</summary>
internal static class Effort
{
    private static readonly double Share =
        double.TryParse(Environment.GetEnvironmentVariable("GATEWAY_TESTS_EFFORT"), CultureInfo.InvariantCulture, out var share) ? share : 1;

    /// <summary>True when everything that is random is to be done as often as it takes to believe it.</summary>
    public static bool IsLong => Environment.GetEnvironmentVariable("GATEWAY_TESTS_LONG") == "1";

    public static int Of(int times) => Math.Max(1, (int)(times * Share));
}
