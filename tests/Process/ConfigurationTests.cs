using System.Net;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

public sealed class ConfigurationTests
{
    private const string Bad = """
        {
          "gateway": { "http": "not an address", "shutdownBudgetSecond": 20 },
          "adapters": [
            { "id": "web", "plugin": "WebChat", "timeouts": { "sendSeconds": "soon" } },
            { "id": "web", "plugin": "WebChat" }
          ]
        }
        """;

    [Fact]
    [Original("exit code")]
    public void A_configuration_that_cannot_work_ends_with_78_names_every_problem_and_starts_nothing()
    {
        using var folder = new TempFolder();
        var run = Command.Run(folder.Path, "--data", folder["data"], "--config", folder.Write("plugins.json", Bad));

        Assert.True(run.ExitCode == 78, run.Said);
        AssertNamesEveryProblem(run.Said);
        Assert.False(Directory.Exists(folder["data"]) && Directory.EnumerateFileSystemEntries(folder["data"]).Any(), "it touched the data directory");
    }

    [Fact]
    public void An_unknown_key_is_refused_with_the_nearest_known_name()
    {
        using var folder = new TempFolder();
        var check = Command.Run(folder.Path, "check", "--config", folder.Write("plugins.json", """{ "gatewy": {} }"""));
        Assert.True(check.ExitCode == 78, check.Said);
        Assert.Contains("gatewy", check.Said, StringComparison.Ordinal);
        Assert.Contains("'gateway'", check.Said, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_passes_a_good_configuration_without_starting_anything()
    {
        using var folder = new TempFolder();
        var config = folder.Write("plugins.json", """
            {
              // comments and trailing commas are allowed
              "handler": { "plugin": "Echo" },
              "adapters": [ { "id": "web", "plugin": "WebChat" }, ],
            }
            """);
        var check = Command.Run(folder.Path, "check", "--config", config, "--data", folder["data"]);
        Assert.True(check.ExitCode == 0, check.Said);
        Assert.Contains("can run", check.Said, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["data", "gateway.lock"]));
    }

    [Fact]
    public void Check_names_every_problem_of_a_bad_configuration()
    {
        using var folder = new TempFolder();
        var check = Command.Run(folder.Path, "check", "--config", folder.Write("plugins.json", Bad));
        Assert.True(check.ExitCode == 78, check.Said);
        AssertNamesEveryProblem(check.Said);
    }

    [Fact]
    public void Check_names_a_plugin_that_does_not_exist()
    {
        using var folder = new TempFolder();
        var check = Command.Run(
            folder.Path, "check", "--config", folder.Write("plugins.json", """{ "adapters": [ { "id": "web", "plugin": "WebChatt" } ] }"""));
        Assert.True(check.ExitCode == 78, check.Said);
        Assert.Contains("WebChatt", check.Said, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_asks_the_adapters_what_they_think_of_their_settings_and_leaves_nothing_behind()
    {
        using var folder = new TempFolder();
        var config = folder.Write("plugins.json", """
            {
              "adapters": [
                { "id": "tg", "plugin": "Telegram", "settings": { "token": "12345:tooShort" } },
                { "id": "lark", "plugin": "Feishu", "settings": { "appId": "cli_1", "appSecret": "a secret", "region": "mars" } },
                { "id": "off", "plugin": "Telegram", "enabled": false, "settings": { "token": "nonsense" } },
                { "id": "chat", "plugin": "Irc", "settings": { "server": "irc.example.org", "nick": "bot" } },
              ],
            }
            """);
        var check = Command.Run(folder.Path, "check", "--config", config, "--data", folder["data"]);
        Assert.True(check.ExitCode == 78, check.Said);
        Assert.Contains("error: adapters[0].settings.token: It must be the token that @BotFather gave", check.Said, StringComparison.Ordinal);
        Assert.Contains("adapters[1].settings.", check.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("adapters[2].settings", check.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("adapters[3].settings", check.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("tooShort", check.Said, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["data"]) && Directory.EnumerateFileSystemEntries(folder["data"]).Any(), "it touched the data directory");
    }

    [Fact]
    public void Every_problem_of_the_settings_of_adapters_and_handlers_is_named_at_once_and_no_value()
    {
        using var folder = new TempFolder();
        var check = Command.Run(folder.Path, "check", "--data", folder["data"], "--config", folder.Write("plugins.json", """
            { "handler": { "plugin": "Webhook", "settings": { "url": "http://backend.example/hush", "secrt": "hush", "timeoutSeconds": "5" } },
              "adapters": [ { "id": "irc", "plugin": "Irc", "settings": { "sever": "hush", "nick": "hush bot", "port": "6667" } } ] }
            """));
        Assert.True(check.ExitCode == 78, check.Said);
        string[] problems =
        [
            "handler.settings.url: It must be 'https://HOST[:PORT][/PATH]'",
            "handler.settings.timeoutSeconds: It must be a number of seconds, without quotes, from 0.1 to 3600.",
            "handler.settings.secrt: There is no such setting; did you mean 'secret'?",
            "adapters[0].settings.sever: There is no such setting; did you mean 'server'?",
            "adapters[0].settings.port: It must be a whole number, without quotes, from 1 to 65535.", "adapters[0].settings.nick: It must be a nick",
        ];
        Assert.All(problems, problem => Assert.Contains(problem, check.Said, StringComparison.Ordinal));
        Assert.DoesNotContain("hush", check.Said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_line_it_does_not_understand_ends_with_78_and_the_word_it_stumbled_over()
    {
        using var folder = new TempFolder();
        var run = Command.Run(folder.Path, "--nonsense");
        Assert.True(run.ExitCode == 78, run.Said);
        Assert.Contains("--nonsense", run.Said, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("plugins.json")]
    [InlineData("secret")]
    [InlineData("data/gateway.pid")]
    [InlineData("data/control.key")]
    [InlineData("data/gateway.lock")]
    [InlineData("data/shutdown.json")]
    [InlineData("more/Second/Second.dll")]
    [InlineData("more/Second/Second.deps.json")]
    [InlineData("more/Second/library.dll")]
    public void No_command_waits_for_a_fifo_in_the_place_of_a_file(string name)
    {
        using var folder = new TempFolder();
        Asset.Place(folder, "LoadingFaults", "Second");
        folder.Write("secret", "s");
        folder.Write("plugins.json", """
            { "gateway": { "pluginPaths": ["more"] }, "adapters": [ { "id": "web", "plugin": "WebChat" }, { "id": "second", "plugin": "Second", "settings": { "token": "${file:secret}" } } ] }
            """);
        Directory.CreateDirectory(folder["data"]);
        File.Delete(folder[name]);
        using (var make = ChildProcess.Start("mkfifo", [folder[name]], folder.Path)) Assert.Equal(0, make.WaitForExit(Bound.Command));
        foreach (var verb in (string[][])[["status"], ["check"], ["plugins"], ["stop"], ["reload"], ["inspect", "Second"],
            ["service", "print", "systemd"], ["adapter", "enable", "web"]])
        {
            // Ends within the harness's bound, or this throws.
            Command.Run(folder.Path, verb);
        }
    }

    [Theory]
    [InlineData("plugins.json")]
    [InlineData("")]
    [InlineData("data")]
    [InlineData("more")]
    [InlineData("more/Second")]
    [InlineData("more/Second/Second.dll")]
    public void What_everybody_could_change_is_refused_by_run_and_a_warning_of_check(string name)
    {
        const UnixFileMode everybody = (UnixFileMode)0b111_111_111;
        using var folder = new TempFolder();
        Asset.Place(folder, "LoadingFaults", "Second");
        Directory.CreateDirectory(folder["data"]);
        var config = folder.Write("plugins.json",
            """{ "gateway": { "pluginPaths": ["more"] }, "adapters": [ { "id": "web", "plugin": "WebChat" }, { "id": "second", "plugin": "Second" } ] }""");
        string[] where = ["--config", config, "--data", folder["data"]];
        Assert.DoesNotContain("--insecure-modes", Command.Run(folder.Path, ["check", .. where]).Output, StringComparison.Ordinal);
        var path = folder[name].TrimEnd('/');
        File.SetUnixFileMode(path, everybody);
        Assert.Contains($"warning: {config}: '{path}' has mode 0777", Command.Run(folder.Path, ["check", .. where]).Output, StringComparison.Ordinal);
        var run = Command.Run(folder.Path, ["run", "--http", $"http://127.0.0.1:{FreePort.Next()}", .. where]);
        Assert.Equal(78, run.ExitCode);
        Assert.Contains($"'{path}' has mode 0777",
            Assert.Single(run.Output.Split('\n'), static line => line.Contains(" error ", StringComparison.Ordinal)), StringComparison.Ordinal);
        if (name != "plugins.json") return;
        using var gateway = GatewayProcess.Start(folder, more: ["--config", config, "--insecure-modes"]);
        gateway.WaitUntilReady();
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void What_a_group_without_anybody_else_may_write_is_as_good_as_private()
    {
        const UnixFileMode umask0002 = (UnixFileMode)0b111_111_101;
        using var folder = new TempFolder();
        Asset.Place(folder, "LoadingFaults", "Second");
        var config = folder.Write("plugins.json",
            """{ "gateway": { "pluginPaths": ["more"] }, "adapters": [ { "id": "web", "plugin": "WebChat" }, { "id": "second", "plugin": "Second" } ] }""");
        foreach (var path in Directory.EnumerateFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories).Append(folder.Path))
            File.SetUnixFileMode(path, umask0002);
        using var gateway = GatewayProcess.Start(folder, more: ["--config", config]);
        gateway.WaitUntilReady();
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void Check_asks_an_isolated_adapter_in_a_worker_and_a_handler_that_is_created()
    {
        using var folder = new TempFolder();
        var config = folder.Write("plugins.json", """
            { "handler": { "plugin": "Webhook", "settings": { "url": "http://127.0.0.1:1/", "secret": "short" } },
              "adapters": [ { "id": "chat", "plugin": "Irc", "isolation": "process", "settings": { "server": "irc.example.org", "nick": "" } } ] }
            """);
        var check = Command.Run(folder.Path, "check", "--config", config, "--data", folder["data"]);
        Assert.Equal(78, check.ExitCode);
        Assert.Contains("error: adapters[0].settings.nick: ", check.Output, StringComparison.Ordinal);
        Assert.Contains("error: handler.settings.secret: It must be one line of text of at least 16 bytes", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Pins_are_written_into_the_configuration_and_cover_every_file_of_the_folder()
    {
        const string Comment = "// what the operator wrote stays";
        using var folder = new TempFolder();
        Asset.Place(folder, "LoadingFaults", "Second");
        var config = folder.Write("plugins.json", $$"""
            { {{Comment}}
              "gateway": { "pluginPaths": ["more"], "requirePins": true },
              "adapters": [ { "id": "web", "plugin": "WebChat" }, { "id": "second", "plugin": "Second" } ] }
            """);
        string[] where = ["--config", config, "--data", folder["data"]];
        Assert.Contains("[pin-missing]", Command.Run(folder.Path, ["check", .. where]).Output, StringComparison.Ordinal);
        Assert.Equal(0, Command.Run(folder.Path, ["plugins", "--pin", .. where]).ExitCode);
        Assert.Contains(Comment, File.ReadAllText(config), StringComparison.Ordinal);
        var check = Command.Run(folder.Path, ["check", .. where]);
        Assert.True(check.ExitCode == 0, check.Said);
        Assert.Contains("is pinned already", Command.Run(folder.Path, ["plugins", "--pin", .. where]).Output, StringComparison.Ordinal);

        folder.Write("more/Second/library.dll", "changed");
        Assert.Contains("[hash-mismatch]", Command.Run(folder.Path, ["check", .. where]).Output, StringComparison.Ordinal);
        using var gateway = GatewayProcess.Start(folder, more: ["--config", config]);
        gateway.WaitUntilReady();
        Bound.Until(() => gateway.Adapter("second").GetProperty("code").GetString() == "hash-mismatch", Bound.Command, () => gateway.Said);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void A_secret_from_the_environment_is_used_and_never_shown()
    {
        const string secret = "correct-horse-battery-staple";
        using var folder = new TempFolder();
        var config =
            """{ "gateway": { "logLevel": "trace", "httpToken": "${env:CHAT_TOKEN}" }, "adapters": [ { "id": "web", "plugin": "WebChat" } ] }""";
        using var gateway = GatewayProcess.Start(folder, config, environment: new Dictionary<string, string> { ["CHAT_TOKEN"] = secret });
        gateway.Await(static status => status.State == "ready", Bound.Start);
        Assert.Equal(HttpStatusCode.Unauthorized, gateway.Answer("/status"));
        Assert.Equal(HttpStatusCode.OK, gateway.Answer("/readyz"));
        Assert.DoesNotContain(secret, gateway.Said + gateway.Status().Json, StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());
        Assert.All(Directory.GetFiles(gateway.Data, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != "control.sock"),
            f => Assert.DoesNotContain(secret, File.ReadAllText(f), StringComparison.Ordinal));
    }

    private static void AssertNamesEveryProblem(string said)
    {
        Assert.Contains("gateway.http", said, StringComparison.Ordinal);
        Assert.Contains("'shutdownBudgetSeconds'", said, StringComparison.Ordinal);
        Assert.Contains("adapters[0].timeouts.sendSeconds", said, StringComparison.Ordinal);
        Assert.Contains("adapters[1].id", said, StringComparison.Ordinal);
    }
}
