using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Numbers, letters and dates are the same wherever the gateway runs: what a plugin writes into a platform's call depends on no
/// locale.</summary>
public sealed partial class CultureTests
{
    private static readonly string[] Places = ["construct", "connect", "run", "pool", "thread", "turn", "send", "disconnect"];

    [Theory]
    [InlineData("tr_TR.UTF-8", "inProcess", "false")]
    [InlineData("de_DE.UTF-8", "inProcess", "0")]
    [InlineData("tr_TR.UTF-8", "process", "false")]
    [InlineData("de_DE.UTF-8", "process", "0")]
    public async Task Culture_of_plugins_and_of_the_gateway_is_invariant_whatever_the_locale_and_the_settings_of_the_runtime_say(
        string locale, string isolation, string invariant)
    {
        using var folder = new TempFolder();
        var environment = new Dictionary<string, string>
        {
            ["LANG"] = locale,
            ["LC_ALL"] = locale,
            ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = invariant,
            ["DOTNET_SYSTEM_GLOBALIZATION_PREDEFINED_CULTURES_ONLY"] = "false",
        };
        var adapter = new JsonObject { ["id"] = "c", ["plugin"] = "Cultured", ["isolation"] = isolation, ["allow"] = Plans.Everybody };
        var facts = Path.Combine(folder["data"], "adapters", "c", "facts");
        string metrics, status;
        var plan = Plans.With([adapter], handler: new JsonObject { ["plugin"] = "Cultured" });
        using (var gateway = GatewayProcess.StartReady(folder, plan, environment: environment))
        {
            Bound.Until(() => gateway.Status().Outbound("delivered") == 1, Bound.Replies, () => $"{gateway.Status().Json}\n{gateway.Said}");
            using var http = new HttpClient();
            metrics = await http.GetStringAsync(new Uri(gateway.Address, "/metrics"), TestContext.Current.CancellationToken);
            status = Command.Run(folder.Path, "status", "--data", gateway.Data).Output;
            Assert.Equal(0, gateway.Stop());
            Assert.DoesNotMatch(Comma(), gateway.Said);
        }

        Assert.Equal(
            Places.Select(static place => $"{place} '' '' 1234.5 -1 title TITLE 01/02/2026").Order(), File.ReadAllLines(facts).Distinct().Order());
        Assert.Contains("gateway_heartbeat_age_seconds", metrics, StringComparison.Ordinal);
        Assert.DoesNotMatch(Comma(), metrics);
        Assert.DoesNotMatch(Comma(), status);
    }

    /// <summary>A decimal comma.</summary>
    [GeneratedRegex(@"\d,\d")]
    private static partial Regex Comma();
}
