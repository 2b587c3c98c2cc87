using System.Globalization;

namespace PluginGateway.Configuration.Options;

/// <summary>The disconnect bound from the environment, for systemd units that cannot change the file.</summary>
internal static class DisconnectOverride
{
    public const string Variable = "GATEWAY_ADAPTER_DISCONNECT_TIMEOUT";

    /// <summary>Reads the variable. Null when it is not set, or unusable (then it has been reported and the file's value holds).</summary>
    public static TimeSpan? Read(IReadOnlyDictionary<string, string> environment, ProblemList problems)
    {
        if (!environment.TryGetValue(Variable, out var text) || string.IsNullOrWhiteSpace(text)) return null;

        const NumberStyles style =
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;
        var isNumber = double.TryParse(text, style, CultureInfo.InvariantCulture, out var seconds) && double.IsFinite(seconds);
        if (!isNumber || seconds > ObjectReader.LongestDeadline)
        {
            Report(ProblemSeverity.Warning,
                $"is unusable and ignored; allowed: seconds up to {ObjectReader.LongestDeadline}, 0 = no deadline. The configured or default disconnectSeconds holds.");
            return null;
        }

        Report(ProblemSeverity.Notice, seconds > 0
            ? "seconds bounds every disconnect, whatever disconnectSeconds says."
            : "means no deadline for any disconnect: one that hangs is never abandoned; only the shutdown budget still bounds it.");
        return seconds > 0 ? TimeSpan.FromSeconds(seconds) : Timeout.InfiniteTimeSpan;

        void Report(ProblemSeverity severity, string message) =>
            problems.Add(new ConfigurationProblem(ProblemList.EnvironmentVariables, Variable, text, message, severity));
    }
}
