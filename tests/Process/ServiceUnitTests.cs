using System.Xml.Linq;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary><c>service print</c>, and what the manager gives back to the gateway.</summary>
public sealed class ServiceUnitTests
{
    private const string Slow = """
        {
          "gateway": { "shutdownBudgetSeconds": 100, "lastResortGraceSeconds": 7 },
          "adapters": [ { "id": "web", "plugin": "WebChat", "settings": { "token": "${cred:bot-token}", "key": "x-${cred:hmac}" } } ]
        }
        """;

    [Fact]
    public void The_systemd_unit_has_the_configured_numbers_and_systemd_finds_no_fault_in_it()
    {
        using var folder = new TempFolder();
        var unit = Print("systemd", folder, Slow);
        string[] lines = unit.Split('\n');
        string[] expected =
        [
            "Type=notify", "Restart=on-failure", "RestartSec=5", "StartLimitIntervalSec=0", "RestartPreventExitStatus=78", "TimeoutStopSec=112",
            "WatchdogSec=30", "StateDirectory=plugin-gateway",
            "Environment=GATEWAY_STOP_LIMIT=112", "LoadCredential=hmac:/etc/plugin-gateway/credentials/hmac", "ProtectSystem=strict",
            "NoNewPrivileges=yes", "KillMode=mixed", "Delegate=memory pids cpu", "OOMPolicy=continue",
            "SystemCallFilter=@system-service landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp",
            "Environment=DOTNET_EnableDiagnostics=0",
            "LimitCORE=0", $"ProtectHome={(Repository.Executable.StartsWith("/home/", StringComparison.Ordinal) || Repository.Executable.StartsWith("/root/", StringComparison.Ordinal) ? "read-only" : "yes")}",
        ];
        Assert.Empty(expected.Except(lines));
        // It would make the groups read-only that have just been delegated.
        Assert.DoesNotContain("ProtectControlGroups=yes", lines);
        Assert.Contains(lines, line => line.StartsWith($"ExecStart={Repository.Executable} run", StringComparison.Ordinal)
            && line.Contains(folder["plugins.json"], StringComparison.Ordinal));

        Assert.Contains("ProtectHome=read-only", Print("systemd", folder, """{ "gateway": { "pluginPaths": ["/home/bot/plugins"] } }"""),
            StringComparison.Ordinal);
        Verify(folder,
            Print("systemd", folder, """{ "adapters": [ { "id": "web", "plugin": "WebChat", "settings": { "token": "${cred:token}" } } ] }"""));
        Verify(folder, Print("systemd", folder, null));
    }

    [Fact]
    public void The_launchd_list_and_the_docker_script_are_well_formed_and_have_the_configured_numbers()
    {
        using var folder = new TempFolder();
        var list = Print("launchd", folder, Slow);
        var dict = XDocument.Parse(list).Root!.Element("dict")!.Elements().ToList();
        Assert.Equal("112", After("ExitTimeOut"));
        Assert.Equal("5", After("ThrottleInterval"));
        Assert.Contains("<key>DOTNET_EnableDiagnostics</key>", list, StringComparison.Ordinal);
        Assert.Equal(["key", "false"], dict[dict.FindIndex(e => e.Value == "KeepAlive") + 1].Elements().Select(e => e.Name.LocalName));

        var script = Print("docker", folder, Slow);
        foreach (var part in (string[])["--init --restart on-failure", "--stop-timeout 112", "--cap-drop ALL", "--read-only",
            "CREDENTIALS_DIRECTORY=", "--env DOTNET_EnableDiagnostics=0", "--ulimit core=0"])
            Assert.Contains(part, script, StringComparison.Ordinal);
        using var shell = ChildProcess.Start("sh", ["-n", folder.Write("docker.sh", script)], folder.Path);
        Assert.True(shell.WaitForExit(Bound.Command) == 0, shell.Said);

        string After(string key) => dict[dict.FindIndex(e => e.Value == key) + 1].Value;
    }

    [Fact]
    public void Every_unit_is_given_the_variables_and_the_files_that_the_configuration_names()
    {
        using var folder = new TempFolder();
        folder.Write("secret", "s");
        Directory.CreateDirectory(folder["plugins"]);
        const string configuration = """
            {
              "gateway": { "pluginPaths": ["plugins"] },
              "adapters": [ { "id": "web", "plugin": "WebChat", "settings": { "token": "${env:FIRST_TOKEN}", "key": "${file:secret}", "more": "x${env:SECOND}" } } ]
            }
            """;
        Assert.Contains("mode 0600: FIRST_TOKEN, SECOND\nEnvironmentFile=-/etc/plugin-gateway/environment\n", Print("systemd", folder, configuration),
            StringComparison.Ordinal);

        var script = Print("docker", folder, configuration);
        foreach (var part in (string[])["--env 'FIRST_TOKEN'", "--env 'SECOND'", $"source={folder["secret"]},target={folder["secret"]},readonly",
            $"source={folder["plugins"]},target={folder["plugins"]},readonly"])
            Assert.Contains(part, script, StringComparison.Ordinal);
        // What docker would be called with.
        folder.Write("bin/docker", "#!/bin/sh\nprintf '%s\\n' \"$@\"; echo \"FIRST_TOKEN=$FIRST_TOKEN\"");
        using (var chmod = ChildProcess.Start("chmod", ["+x", folder["bin/docker"]], folder.Path)) chmod.WaitForExit(Bound.Command);
        using var run = ChildProcess.Start("sh", [folder.Write("docker.sh", script)], folder.Path, new Dictionary<string, string>
        {
            ["PATH"] = $"{folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}",
            ["FIRST_TOKEN"] = "one",
            ["GATEWAY_LOCK_DIR"] = folder["locks"],
        });
        Assert.True(run.WaitForExit(Bound.Command) == 0, run.Said);
        Assert.Contains("FIRST_TOKEN=one", run.Said, StringComparison.Ordinal);
        Assert.Contains("SECOND is not set", run.Said, StringComparison.Ordinal);

        var words = XDocument.Parse(Print("launchd", folder, configuration)).Root!.Element("dict")!.Element("array")!.Elements()
            .Select(e => e.Value).ToArray();
        // As launchd would start it, with the file of variables somewhere else.
        words[3] = folder.Write("environment", "FIRST_TOKEN='two words'\n");
        using var shell = ChildProcess.Start(words[0], [.. words[1..4], "printenv", "FIRST_TOKEN"], folder.Path);
        Assert.True(shell.WaitForExit(Bound.Command) == 0, shell.Said);
        Assert.Contains("two words", shell.Said, StringComparison.Ordinal);
        Assert.Equal(Repository.Executable, words[4]);
    }

    [Fact]
    public void Commands_find_the_gateway_of_a_service_say_so_and_leave_one_of_another_configuration_alone()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, """{ "adapters": [ { "id": "web", "plugin": "WebChat" } ] }""");
        var file = folder["plugins.json"];
        var state = new Dictionary<string, string> { ["XDG_STATE_HOME"] = folder["state"] };
        var data = folder["state/plugin-gateway"];
        Directory.CreateDirectory(folder["state"]);
        // As with DynamicUser.
        Directory.CreateSymbolicLink(data, gateway.Data);
        Directory.CreateDirectory(folder["elsewhere"]);
        foreach (var words in (string[][])[["status"], ["status", "--config", file], ["outbox", "list"], ["adapter", "reconnect", "web"]])
        {
            using var command = ChildProcess.Start(Repository.Executable, words, folder["elsewhere"], state);
            Assert.True(command.WaitForExit(Bound.Command) == 0, command.Said);
            Assert.Contains($"this is about '{data}'", command.Said, StringComparison.Ordinal);
        }

        folder.Write("elsewhere/plugins.json", "{}");
        using (var stop = ChildProcess.Start(Repository.Executable, ["stop"], folder["elsewhere"], state))
        {
            Assert.True(stop.WaitForExit(Bound.Command) == 0, stop.Said);
            Assert.Contains($"is in '{data}': --data {data}", stop.Said, StringComparison.Ordinal);
        }

        using (var stop = ChildProcess.Start(Repository.Executable, ["stop", "--config", file], folder["elsewhere"], state))
        {
            Assert.True(stop.WaitForExit(Bound.Stop) == 0, stop.Said);
            Assert.Contains("Stopped pid", stop.Said, StringComparison.Ordinal);
        }

        Assert.Equal(0, gateway.WaitForExit(Bound.Stop));
    }

    [Fact]
    public void A_credential_of_the_service_manager_is_used_and_never_shown_and_its_absence_is_named()
    {
        const string secret = "a-secret-from-a-file";
        using var folder = new TempFolder();
        folder.Write("credentials/bot", secret + "\n");
        var configuration = $$"""
            { "gateway": { "pluginPaths": ["{{Asset.Folder("")}}"] }, "adapters": [ { "id": "bot", "plugin": "Exclusive", "settings": { "token": "${cred:bot}" } } ] }
            """;
        using (var without = GatewayProcess.Start(folder, configuration))
        {
            Assert.Equal(78, without.WaitForExit(Bound.Start));
            Assert.Contains(
                "credential 'bot' comes from the service manager, and CREDENTIALS_DIRECTORY is not set", without.Said, StringComparison.Ordinal);
        }

        using var gateway = GatewayProcess.Start(
            folder, configuration, environment: new Dictionary<string, string> { ["CREDENTIALS_DIRECTORY"] = folder["credentials"] });
        gateway.WaitUntilReady();
        Assert.Equal("connected", gateway.Adapter("bot").GetProperty("state").GetString());
        Assert.Equal(0, gateway.Stop());
        Assert.DoesNotContain(secret, gateway.Said, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_warns_where_a_stop_takes_longer_than_the_service_manager_waits()
    {
        using var folder = new TempFolder();
        var file = folder.Write("plugins.json", """{ "gateway": { "shutdownBudgetSeconds": 40 } }""");
        var plenty = Check(folder, file, "50");
        Assert.DoesNotContain("service print", plenty, StringComparison.Ordinal);
        var scarce = Check(folder, file, "30");
        Assert.Contains("warning:", scarce, StringComparison.Ordinal);
        Assert.Contains("gateway.shutdownBudgetSeconds: '40' with lastResortGraceSeconds asks for 50 s", scarce, StringComparison.Ordinal);
    }

    private static string Check(TempFolder folder, string file, string limit)
    {
        using var check = ChildProcess.Start(
            Repository.Executable, ["check", "--config", file], folder.Path, new Dictionary<string, string> { ["GATEWAY_STOP_LIMIT"] = limit });
        Assert.True(check.WaitForExit(Bound.Command) == 0, check.Said);
        return check.Said;
    }

    private static string Print(string manager, TempFolder folder, string? configuration)
    {
        string[] more = configuration is null ? [] : ["--config", folder.Write("plugins.json", configuration)];
        var command = Command.Run(folder.Path, ["service", "print", manager, .. more]);
        Assert.True(command.ExitCode == 0, command.Said);
        return command.Output;
    }

    private static void Verify(TempFolder folder, string unit)
    {
        var path = folder.Write("plugin-gateway.service", unit);
        ChildProcess verify;
        try
        {
            verify = ChildProcess.Start("systemd-analyze", ["verify", path], folder.Path);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("GATEWAY_TESTS_REQUIRE_ALL") == "1", "systemd-analyze is not installed.");
            throw;
        }

        using (verify)
        {
            var code = verify.WaitForExit(Bound.Command);
            // Faults of other units of the machine are not ours.
            Assert.DoesNotContain("plugin-gateway.service:", verify.Said, StringComparison.Ordinal);
            Assert.True(code == 0, $"{verify.Said}\n{unit}");
        }
    }
}
