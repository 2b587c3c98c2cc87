using PluginGateway.Logging;

namespace PluginGateway.Hosting;

/// <summary>Command-line options of <c>run</c>.</summary>
/// <param name="Config">The configuration file; null: the default one.</param>
/// <param name="Data">The data directory; null: as configured.</param>
/// <param name="Http">The address to listen on; null: as configured.</param>
/// <param name="Log">The format of the log.</param>
/// <param name="Safe">Runs required adapters only.</param>
/// <param name="Replace">Stops the gateway that runs on this data directory and takes its place.</param>
/// <param name="InsecureModes">Runs although others could change what is read and run.</param>
internal sealed record RunOptions(string? Config, string? Data, string? Http, LogFormat Log, bool Safe, bool Replace, bool InsecureModes);
