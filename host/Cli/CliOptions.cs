using PluginGateway.Hosting;
using PluginGateway.Logging;

namespace PluginGateway.Cli;

/// <summary>The options of the command line. A verb ignores those that are not its own.</summary>
/// <param name="Config">--config: the configuration file.</param>
/// <param name="Data">--data: the data directory.</param>
/// <param name="Http">--http: the address to listen on.</param>
/// <param name="Log">--log: format of the log.</param>
/// <param name="Json">--json: answer in JSON.</param>
/// <param name="Safe">--safe: run required adapters only.</param>
/// <param name="Replace">--replace: stop the gateway that runs there, and take its place.</param>
internal sealed record CliOptions(
    string? Config = null, string? Data = null, string? Http = null, LogFormat Log = LogFormat.Text, bool Json = false, bool Safe = false,
    bool Replace = false)
{
    /// <summary>--insecure-modes: run although other users could change files that are read or run.</summary>
    public bool InsecureModes { get; init; }

    /// <summary>--run-plugins: let check run code of plugins that are not pinned.</summary>
    public bool RunPlugins { get; init; }

    /// <summary>--pin: write the hashes of the plugin folders into the configuration.</summary>
    public bool Pin { get; init; }

    /// <summary>Returns the options of <c>run</c>.</summary>
    public RunOptions ForRun() => new(Config, Data, Http, Log, Safe, Replace, InsecureModes);
}
