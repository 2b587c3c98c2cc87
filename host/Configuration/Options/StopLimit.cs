using System.Globalization;

namespace PluginGateway.Configuration.Options;

/// <summary>Checks that the service manager waits long enough for a stop. The systemd units that <c>service print</c> writes set the variable to
/// their limit.</summary>
internal static class StopLimit
{
    public const string Variable = "GATEWAY_STOP_LIMIT";

    /// <summary>Time that a stop can take beyond budget and grace: the kernel's alarm is 2 s behind the last resort.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan OfSystemd = TimeSpan.FromSeconds(90);

    /// <summary>Returns the time that a service manager must allow.</summary>
    public static TimeSpan Needed(GatewayOptions gateway) =>
        TimeSpan.FromSeconds(Math.Ceiling((gateway.ShutdownBudget + gateway.LastResortGrace + Margin).TotalSeconds));

    public static void Check(GatewayOptions gateway, IReadOnlyDictionary<string, string> environment, ProblemList problems)
    {
        var (limit, whose) = (OfSystemd, "a service manager's usual limit");
        if (environment.TryGetValue(Variable, out var said) && said.Length > 0)
        {
            if (!double.TryParse(said, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
                || seconds > ObjectReader.LongestDeadline)
            {
                problems.Add(new(ProblemList.EnvironmentVariables, Variable, said,
                    "is not a number of seconds; it should say how long the service manager waits for a stop.", ProblemSeverity.Warning));
                return;
            }

            (limit, whose) = (TimeSpan.FromSeconds(seconds), $"what the service manager allows ({Variable})");
        }

        var needed = Needed(gateway);
        if (needed <= limit) return;
        problems.Warning(
            "gateway.shutdownBudgetSeconds", FormattableString.Invariant($"{gateway.ShutdownBudget.TotalSeconds}"), FormattableString.Invariant(
            $"with lastResortGraceSeconds asks for {needed.TotalSeconds} s for a stop, more than {whose}: {limit.TotalSeconds} s; it would be killed in the middle. Print its unit again: plugin-gateway service print."));
    }
}
