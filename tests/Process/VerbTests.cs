using System.Net;
using System.Text.Json;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>How an operator gets an adapter out of every state, and how the gateway gets out of a crash loop.</summary>
public sealed class VerbTests
{
    private const string Two = """
        { "gateway": { "pluginPaths": ["more"] }, "adapters": [ { "id": "web", "plugin": "WebChat" }, { "id": "second", "plugin": "Second", "settings": { "note": "1" } } ] }
        """;

    [Fact]
    public void A_disabled_adapter_stays_down_over_a_restart_until_it_is_enabled_or_its_entry_changes()
    {
        using var folder = Arranged();
        using (var gateway = GatewayProcess.StartReady(folder, Two))
        {
            var generation = gateway.Adapter("second").GetProperty("generation").GetInt64();
            Assert.Equal("Adapter 'second' is disabled.\n", Adapter(gateway, "disable", "second").Output);
            AssertState(gateway, "second", "disabled", "disabled by the operator");
            Assert.Equal("ready", gateway.Status().State);
            Assert.Contains("adapter enable second", Adapter(gateway, "reconnect", "second", exitCode: 1).Error, StringComparison.Ordinal);
            Assert.Equal(0, gateway.Stop());
            Assert.True(generation > 0);
        }

        using (var gateway = GatewayProcess.StartReady(folder, Two))
        {
            AssertState(gateway, "second", "disabled", "disabled by the operator");
            Adapter(gateway, "enable", "second");
            AssertState(gateway, "second", "connected");
            Adapter(gateway, "disable", "second");
            Assert.Equal(0, gateway.Stop());
        }

        using (var gateway = GatewayProcess.StartReady(folder, Two.Replace("\"1\"", "\"2\"", StringComparison.Ordinal)))
        {
            AssertState(gateway, "second", "connected");
            Assert.Equal(0, gateway.Stop());
        }
    }

    [Fact]
    public void A_gateway_whose_only_adapter_the_operator_disabled_stays_up_so_that_it_can_be_enabled()
    {
        using var folder = Arranged();
        using (var gateway = GatewayProcess.StartReady(folder))
        {
            Adapter(gateway, "disable", "web");
            Assert.Equal(0, gateway.Stop());
        }

        using (var gateway = GatewayProcess.StartReady(folder))
        {
            AssertState(gateway, "web", "disabled", "disabled by the operator");
            Adapter(gateway, "enable", "web");
            AssertState(gateway, "web", "connected");
        }
    }

    [Fact]
    public void A_reconnect_gets_an_adapter_out_of_connected_and_out_of_parked()
    {
        using var folder = Arranged();
        using var gateway = GatewayProcess.StartReady(folder, Two);
        var generation = Generation(gateway);
        Adapter(gateway, "reconnect", "second");
        Bound.Until(
            () => Generation(gateway) > generation && State(gateway, "second") == "connected", Bound.Command, () => gateway.Status().Json.ToString());

        folder.Write("data/adapters/second/sin", "park");
        AssertState(gateway, "second", "parked", "The token is refused.");
        Adapter(gateway, "reconnect", "second");
        AssertState(gateway, "second", "connected");
    }

    [Fact]
    public void An_unknown_adapter_is_answered_with_the_known_ones()
    {
        using var folder = Arranged();
        using var gateway = GatewayProcess.StartReady(folder, Two);
        var answer = Adapter(gateway, "enable", "nope", exitCode: 1, "--json");
        Assert.Equal("There is no adapter 'nope'; there are: 'second', 'web'. Handlers: 'handler:default'.",
            JsonDocument.Parse(answer.Output).RootElement.GetProperty("error").GetString());
    }

    [Fact]
    public void An_adapter_whose_secret_is_missing_is_not_enabled()
    {
        using var folder = Arranged();
        using var gateway = GatewayProcess.StartReady(folder, """
            { "gateway": { "pluginPaths": ["more"] }, "adapters": [ { "id": "web", "plugin": "WebChat" },
              { "id": "second", "plugin": "Second", "enabled": false, "settings": { "token": "${env:THERE_IS_NO_SUCH_TOKEN}" } } ] }
            """);
        Assert.Contains("THERE_IS_NO_SUCH_TOKEN", Adapter(gateway, "enable", "second", exitCode: 1).Error, StringComparison.Ordinal);
        AssertState(gateway, "second", "disabled", "disabled in the configuration");
    }

    [Fact]
    public void An_adapter_whose_secret_is_missing_or_whose_entry_is_wrong_is_parked_and_the_others_run_until_it_is_mended()
    {
        const string Wrong = """
            { "gateway": { "pluginPaths": ["more"] }, "adapters": [ { "id": "web", "plugin": "WebChat" },
              { "id": "second", "plugin": "Second", "settings": { "token": "${file:token}" } }, { "id": "third", "plugin": "Second", "timeouts": { "sendSeconds": "x" } } ] }
            """;
        using var folder = Arranged();
        using var gateway = GatewayProcess.StartReady(folder, Wrong);
        AssertState(gateway, "web", "connected");
        AssertState(gateway, "second", "parked", "adapters[1].settings.token: file");
        AssertState(gateway, "third", "parked", "adapters[2].timeouts.sendSeconds: is not a number");
        Assert.Equal("invalid-settings", gateway.Adapter("second").GetProperty("code").GetString());
        Assert.Equal(1, Status.ByCommand(gateway.Data).ExitCode);
        foreach (var verb in (string[])["enable", "reconnect"])
            Assert.Contains("Mend it", Adapter(gateway, verb, "second", exitCode: 1).Error, StringComparison.Ordinal);
        Assert.Contains(
            "adapters[1].settings.token", Command.Run(folder.Path, "check", "--data", folder["elsewhere"]).Output, StringComparison.Ordinal);

        folder.Write("token", "there");
        Assert.Equal(1, Command.Run(folder.Path, "reload", "--data", gateway.Data).ExitCode);
        AssertState(gateway, "second", "connected");
        AssertState(gateway, "third", "parked", "sendSeconds");
        // What runs is not taken down for a secret that has gone.
        File.Delete(folder["token"]);
        Assert.Contains("nothing was changed", Command.Run(folder.Path, "reload", "--data", gateway.Data).Said, StringComparison.Ordinal);
        AssertState(gateway, "second", "connected");
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void Run_safe_runs_required_adapters_only_and_a_reconnect_starts_another()
    {
        using var folder = Arranged();
        using var gateway = GatewayProcess.Start(
            folder, Two.Replace("\"WebChat\"", "\"WebChat\", \"required\": true", StringComparison.Ordinal), more: ["--safe"]);
        gateway.WaitUntilReady();
        AssertState(gateway, "web", "connected");
        AssertState(gateway, "second", "disabled", "safe mode");
        var (exitCode, status) = Status.ByCommand(gateway.Data);
        Assert.Equal((1, "degraded"), (exitCode, status.State));
        Assert.Contains("--safe", status.Json.GetProperty("reasons")[0].GetString(), StringComparison.Ordinal);
        Adapter(gateway, "reconnect", "second");
        AssertState(gateway, "second", "connected");
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void After_three_ends_without_a_stop_it_starts_in_safe_mode_even_without_a_required_adapter_and_leaves_it_after_a_restart()
    {
        using var folder = Arranged();
        for (var end = 0; end < 3; end++)
        {
            using var gateway = GatewayProcess.StartReady(folder, Two);
            Assert.Equal("connected", State(gateway, "second"));
            gateway.Kill();
        }

        using (var safe = GatewayProcess.StartReady(folder, Two))
        {
            var status = safe.Status();
            Assert.Equal("degraded", status.State);
            var reason = status.Json.GetProperty("reasons")[0].GetString()!;
            foreach (var said in (string[])["safe mode", "3 times", "plugin-gateway restart", "adapter reconnect"])
                Assert.Contains(said, reason, StringComparison.Ordinal);
            Assert.Contains("safe mode", safe.Said, StringComparison.Ordinal);
            AssertState(safe, "web", "disabled", "safe mode");
            AssertState(safe, "second", "disabled", "safe mode");
            Assert.Equal(HttpStatusCode.OK, safe.Answer("/healthz"));
            Adapter(safe, "reconnect", "web");
            AssertState(safe, "web", "connected");
            // Without a service manager nobody starts it again; that it ended is what matters here.
            Command.Run(folder.Path, "restart", "--data", safe.Data);
            Assert.Equal(75, safe.WaitForExit(Bound.Stop));
        }

        using var whole = GatewayProcess.StartReady(folder, Two);
        Assert.Equal("ready", whole.Status().State);
        Assert.Equal(0, whole.Stop());
    }

    [Fact]
    [Original("exit code")]
    public void A_plugin_that_calls_exit_is_quarantined_at_the_next_starts_and_the_others_run_until_the_operator_reconnects_it()
    {
        using var folder = Arranged();
        using (var gateway = GatewayProcess.StartReady(folder, Two))
        {
            folder.Write("data/adapters/second/sin", "exit");
            Assert.Equal(70, gateway.WaitForExit(Bound.Stop));
            Assert.Contains("'second' ended the process", gateway.Said, StringComparison.Ordinal);
        }

        for (var start = 0; start < 2; start++)
        {
            using var gateway = GatewayProcess.StartReady(folder, Two);
            AssertState(gateway, "second", "quarantined", "ended the process");
            AssertState(gateway, "web", "connected");
            if (start == 1)
            {
                Adapter(gateway, "reconnect", "second");
                AssertState(gateway, "second", "connected");
            }

            Assert.Equal(0, gateway.Stop());
        }

        using var last = GatewayProcess.StartReady(folder, Two);
        AssertState(last, "second", "connected");
    }

    [Theory]
    [InlineData("module initializer")]
    [InlineData("constructor")]
    public void A_plugin_that_calls_exit_while_it_is_loaded_does_so_once(string place)
    {
        using var folder = Arranged();
        folder.Write("more/Second/fault", $"{place} exits");
        using (var gateway = GatewayProcess.Start(folder, Two)) Assert.Equal(70, gateway.WaitForExit(Bound.Start));
        using var next = GatewayProcess.StartReady(folder, Two);
        AssertState(next, "second", "quarantined", "ended the process");
        AssertState(next, "web", "connected");
        Assert.Equal(0, next.Stop());
    }

    [Fact]
    public void A_context_that_a_plugin_pins_is_shown_as_unload_pending_and_one_that_it_does_not_is_gone()
    {
        using var folder = Arranged();
        using var gateway = GatewayProcess.StartReady(folder, Two);
        Renew(folder, gateway, "throw");
        Thread.Sleep(TimeSpan.FromSeconds(25));
        AssertState(gateway, "second", "connected");

        folder.Write("data/adapters/second/sin", "pin");
        Bound.Until(() => !File.Exists(folder["data", "adapters", "second", "sin"]), Bound.Command, () => "nobody takes the sin");
        Renew(folder, gateway, "throw");
        AssertState(gateway, "second", "degraded", "unload pending");
        Assert.Contains("unload pending", Command.Run(folder.Path, "plugins", "--config", folder["plugins.json"], "--data", gateway.Data).Output,
            StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());
    }

    private static void Renew(TempFolder folder, GatewayProcess gateway, string sin)
    {
        var generation = Generation(gateway);
        folder.Write("data/adapters/second/sin", sin);
        Bound.Until(() => Generation(gateway) > generation && State(gateway, "second") == "connected", Bound.Command, () => gateway.Said);
    }

    private static TempFolder Arranged()
    {
        var folder = new TempFolder();
        Asset.Place(folder, "LoadingFaults", "Second");
        return folder;
    }

    private static Command Adapter(GatewayProcess gateway, string action, string id, int exitCode = 0, params string[] more)
    {
        var command = Command.Run(Path.GetTempPath(), ["adapter", action, id, "--data", gateway.Data, .. more]);
        Assert.True(command.ExitCode == exitCode, command.Said);
        return command;
    }

    private static long Generation(GatewayProcess gateway) => gateway.Adapter("second").GetProperty("generation").GetInt64();

    private static string State(GatewayProcess gateway, string id) => gateway.Adapter(id).GetProperty("state").GetString()!;

    private static void AssertState(GatewayProcess gateway, string id, string state, string reason = "")
    {
        JsonElement adapter = default;
        Bound.Until(
            () => (adapter = gateway.Adapter(id)).GetProperty("state").GetString() == state
                && (adapter.GetProperty("reason").GetString() ?? "").Contains(reason, StringComparison.Ordinal),
            Bound.Command, () => $"'{id}' is not {state} ({reason}): {adapter}\n{gateway.Said}");
    }
}
