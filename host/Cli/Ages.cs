using System.Globalization;

namespace PluginGateway.Cli;

/// <summary>Durations: written in the two units a person would use, read with one.</summary>
internal static class Ages
{
    /// <summary>Reads a number with s, m, h or d; null: it is none.</summary>
    public static TimeSpan? Read(string text)
    {
        if (text.Length < 2 || !double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number > 36_500)
            return null;
        return text[^1] switch
        {
            's' => TimeSpan.FromSeconds(number),
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            'd' => TimeSpan.FromDays(number),
            _ => null,
        };
    }

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
