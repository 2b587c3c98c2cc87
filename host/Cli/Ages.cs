using System.Globalization;

namespace PluginGateway.Cli;

/// <summary>Durations in the two units a person would use.</summary>
internal static class Ages
{
    public static string Text(TimeSpan age)
    {
        var (days, hours, minutes) = ((int)age.TotalDays, age.Hours, age.Minutes);
        return age < TimeSpan.FromSeconds(10) ? Invariant($"{Math.Max(0, age.TotalSeconds):0.#} s")
            : age < TimeSpan.FromMinutes(1) ? Invariant($"{age.Seconds} s")
            : age < TimeSpan.FromHours(1) ? Invariant($"{minutes} min")
            : age < TimeSpan.FromDays(1) ? Invariant($"{hours} h") + Rest(minutes, "min")
            : Invariant($"{days} d") + Rest(hours, "h");
    }

    private static string Rest(int number, string unit) => number == 0 ? "" : Invariant($" {number} {unit}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
