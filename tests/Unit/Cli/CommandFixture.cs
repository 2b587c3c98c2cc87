using System.Text;
using PluginGateway.Cli;
using PluginGateway.Cli.Checks;
using PluginGateway.Status;

namespace PluginGateway.Tests.Cli;

/// <summary>A command line whose output is kept and whose verbs only say that they were called.</summary>
internal sealed class CommandFixture
{
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    public CliOptions? Ran { get; private set; }

    public CheckReport Check { get; set; } = new("plugins.json", "data", []);

    public IReadOnlyList<PluginReport> Plugins { get; set; } = [];

    public DllReport Dll { get; set; } = new(
        "/p/P/P.dll", "P", "1.0.0.0", "0.1.0.0", "0.1.0.0", new string('a', 64), new string('b', 64), null, null, null, null, []);

    public string? ConfiguredDataDirectory { get; set; }

    public IReadOnlyList<string> ServicePlaces { get; set; } = [];

    public string Output => _output.ToString();

    public string Error => _error.ToString();

    public CommandWiring Commands => new(
        options =>
        {
            Ran = options;
            return 42;
        },
        _ => Check,
        _ => Plugins,
        (_, _) => Dll,
        _ => ConfiguredDataDirectory,
        new Terminal(new StringWriter(_output), width: 100, colour: false),
        new Terminal(new StringWriter(_error), width: 100, colour: false),
        TimeProvider.System)
    {
        Services = new(ServicePlaces),
    };

    public int Invoke(params string[] arguments) => CommandLine.Invoke(arguments, Commands);
}
