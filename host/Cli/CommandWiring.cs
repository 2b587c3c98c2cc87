using PluginGateway.Cli.Checks;
using PluginGateway.Cli.Service;
using PluginGateway.Configuration.Files;
using PluginGateway.Logging;
using PluginGateway.Status;

namespace PluginGateway.Cli;

/// <summary>Services that the commands need from the rest of the gateway.</summary>
/// <param name="Run">Runs the gateway; returns its exit code, if it returns.</param>
/// <param name="Check">Looks at configuration and plugins without connecting anything.</param>
/// <param name="Plugins">Looks at every plugin that is configured or lies in a plugin folder.</param>
/// <param name="Inspect">Looks at one plugin, by name or path.</param>
/// <param name="ConfiguredDataDirectory">Data directory named in the configuration; null if none is named, or if the configuration cannot be
/// read.</param>
/// <param name="Output">Standard output, for results.</param>
/// <param name="Error">Standard error, for errors.</param>
/// <param name="Clock">The clock, for ages.</param>
internal sealed record CommandWiring(
    Func<CliOptions, int> Run, Func<CliOptions, CheckReport> Check, Func<CliOptions, IReadOnlyList<PluginReport>> Plugins,
    Func<CliOptions, string, DllReport> Inspect,
    Func<CliOptions, string?> ConfiguredDataDirectory, Terminal Output, Terminal Error, TimeProvider Clock)
{
    /// <summary>Data directories used by service managers.</summary>
    public ServiceLocations Services { get; init; } = ServiceLocations.OfMachine();

    /// <summary>--data, $STATE_DIRECTORY, the configuration, ./data: the first that says something, as a full path. When neither of the first
    /// two does, and nothing runs there, the directory of a service; the error stream says so.</summary>
    public string DataDirectory(CliOptions options, DataUse use = DataUse.Gateway)
    {
        // systemd separates several directories with a colon.
        if ((Said(options.Data) ?? Said(Environment.GetEnvironmentVariable("STATE_DIRECTORY")?.Split(':')[0])) is { } demanded)
            return Path.GetFullPath(demanded);
        var (directory, note) = Services.Choose(Path.GetFullPath(Said(ConfiguredDataDirectory(options)) ?? "data"), Configuration(options), use);
        if (note is not null) Error.WriteLine(Printable.Text($"plugin-gateway: {note}"));
        return directory;
    }

    private static string? Configuration(CliOptions options)
    {
        var named = Path.GetFullPath(Said(options.Config) ?? ConfigurationSource.DefaultFile);
        return options.Config is not null || File.Exists(named) ? named : null;
    }

    private static string? Said(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
