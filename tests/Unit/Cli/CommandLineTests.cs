using System.Text.Json;
using PluginGateway.Cli;
using PluginGateway.Cli.Checks;
using PluginGateway.Logging;
using PluginGateway.Posix;

namespace PluginGateway.Tests.Cli;

public sealed class CommandLineTests
{
    private readonly CommandFixture _commandFixture = new();

    [Fact]
    public void Without_a_verb_it_runs()
    {
        Assert.Equal(42, _commandFixture.Invoke());
        Assert.Equal(new CliOptions(), _commandFixture.Ran);
    }

    [Theory]
    [InlineData("--data", "D", "--config", "C", "--http", "H", "--log", "json", "--safe")]
    [InlineData("run", "--safe", "--data", "D", "--config", "C", "--http", "H", "--log", "json")]
    public void Options_of_run_work_with_and_without_the_verb(params string[] arguments)
    {
        Assert.Equal(42, _commandFixture.Invoke(arguments));
        Assert.Equal(new CliOptions("C", "D", "H", LogFormat.Json, Safe: true), _commandFixture.Ran);
    }

    [Theory]
    [InlineData("fly")]
    [InlineData("--fly")]
    [InlineData("status", "--http", "H")]
    [InlineData("--log", "xml")]
    [InlineData("--data")]
    public void A_command_line_that_is_not_understood_is_78_and_says_what(params string[] arguments)
    {
        Assert.Equal(ExitCodes.Configuration, _commandFixture.Invoke(arguments));
        Assert.Null(_commandFixture.Ran);
        Assert.Contains("plugin-gateway: ", _commandFixture.Error);
        Assert.Contains("plugin-gateway --help", _commandFixture.Error);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("check")]
    [InlineData("status")]
    [InlineData("stop")]
    [InlineData("restart")]
    [InlineData("adapter")]
    [InlineData("adapter", "reconnect")]
    [InlineData("send")]
    [InlineData("reload")]
    [InlineData("service")]
    [InlineData("plugins")]
    [InlineData("inspect")]
    [InlineData("completion")]
    [InlineData("backup")]
    [InlineData("restore")]
    [InlineData("recover")]
    [InlineData("outbox")]
    [InlineData("inbox", "rerun")]
    [InlineData("state")]
    [InlineData("pair")]
    [InlineData("pair", "approve")]
    [InlineData("service", "print")]
    public void Every_verb_has_an_example(params string[] verb)
    {
        Assert.Equal(0, _commandFixture.Invoke([.. verb, "--help"]));
        Assert.Contains("Example", _commandFixture.Output);
        Assert.Contains("plugin-gateway", _commandFixture.Output[_commandFixture.Output.IndexOf("Example", StringComparison.Ordinal)..]);
    }

    [Theory]
    [InlineData("bash", "complete -o default")]
    [InlineData("zsh", "compdef")]
    public void A_shell_is_given_its_completion(string shell, string line)
    {
        Assert.Equal(0, _commandFixture.Invoke("completion", shell));
        Assert.Contains(line, _commandFixture.Output);
        Assert.Equal(78, _commandFixture.Invoke("completion", "fish"));
    }

    [Fact]
    public void Help_names_every_verb()
    {
        Assert.Equal(0, _commandFixture.Invoke("--help"));
        foreach (var verb in new[] { "run", "check", "status", "stop", "restart", "adapter", "plugins", "inspect" })
            Assert.Contains($"  {verb} ", _commandFixture.Output);
    }

    [Fact]
    public void Check_tells_every_problem_worst_first_and_ends_with_78()
    {
        _commandFixture.Check = new("plugins.json", "data",
        [
            new(Severity.Warning, "gateway.shutdownBudgetSeconds", "2 s is less than the store needs"),
            new(Severity.Error, "adapters[0].plugin", "there is no plugin 'Nope'", "plugin-not-found"),
        ]);

        Assert.Equal(ExitCodes.Configuration, _commandFixture.Invoke("check"));
        Assert.Equal(
            """
            error: adapters[0].plugin: there is no plugin 'Nope' [plugin-not-found]
            warning: gateway.shutdownBudgetSeconds: 2 s is less than the store needs
            plugins.json: cannot run: 1 error

            """, _commandFixture.Output);
    }

    [Fact]
    public void Check_without_an_error_ends_with_0_and_answers_in_JSON_when_asked()
    {
        Assert.Equal(0, _commandFixture.Invoke("check", "--json"));
        using var json = JsonDocument.Parse(_commandFixture.Output);
        Assert.True(json.RootElement.GetProperty("ok").GetBoolean());
    }

    [Fact]
    public void The_data_directory_is_the_first_of_option_environment_configuration_and_default()
    {
        Environment.SetEnvironmentVariable("STATE_DIRECTORY", null);
        Assert.Equal(Path.GetFullPath("data"), _commandFixture.Commands.DataDirectory(new CliOptions()));
        _commandFixture.ConfiguredDataDirectory = "/configured";
        Assert.Equal("/configured", _commandFixture.Commands.DataDirectory(new CliOptions()));
        try
        {
            Environment.SetEnvironmentVariable("STATE_DIRECTORY", "/state/one:/state/two");
            Assert.Equal("/state/one", _commandFixture.Commands.DataDirectory(new CliOptions()));
            Assert.Equal("/said", _commandFixture.Commands.DataDirectory(new CliOptions(Data: "/said")));
        }
        finally
        {
            Environment.SetEnvironmentVariable("STATE_DIRECTORY", null);
        }
    }

    [Theory]
    [InlineData(0.04, "0 s")]
    [InlineData(-3, "0 s")]
    [InlineData(5.72, "5.7 s")]
    [InlineData(59.4, "59 s")]
    [InlineData(59.7, "59 s")]
    [InlineData(3599, "59 min")]
    [InlineData(8040, "2 h 14 min")]
    [InlineData(273600, "3 d 4 h")]
    public void Ages_are_told_as_a_person_would(double seconds, string expected) => Assert.Equal(expected, Ages.Text(TimeSpan.FromSeconds(seconds)));
}
