using PluginGateway.Configuration.Options;

namespace PluginGateway.Cli.Service;

/// <summary>Facts from which a service definition is written.</summary>
/// <param name="Program">The executable, and the arguments before its options.</param>
/// <param name="Configuration">The configuration file; null: there is none.</param>
/// <param name="DataDirectory">The data directory, where the service manager does not set it.</param>
/// <param name="StopSeconds">Time that the service manager must allow for a stop.</param>
/// <param name="Credentials">The credentials the manager must provide, by name.</param>
/// <param name="RuntimeFolder">Folder of .NET, if it is not in a default location; else null.</param>
internal sealed record ServiceFacts(
    IReadOnlyList<string> Program, string? Configuration, string DataDirectory, int StopSeconds, IReadOnlyList<string> Credentials,
    string? RuntimeFolder)
{
    private static readonly string[] Homes = ["/home/", "/root/", "/run/user/"];

    /// <summary>True when a file that the gateway runs or reads is in a home directory.</summary>
    public bool NeedsHomes { get; init; }

    /// <summary>The environment variables that the configuration asks for.</summary>
    public IReadOnlyList<string> Variables { get; init; } = [];

    /// <summary>Files and folders that the configuration names, as full paths: a container must be given each.</summary>
    public IReadOnlyList<string> Named { get; init; } = [];

    /// <summary>Folder with the operator's credentials, one file each.</summary>
    public const string CredentialsFolder = "/etc/plugin-gateway/credentials";

    /// <summary>File with the operator's environment variables, one line NAME=value each.</summary>
    public const string VariablesFile = "/etc/plugin-gateway/environment";

    /// <summary>Data directory under systemd (StateDirectory of the unit).</summary>
    public const string StateDirectory = "/var/lib/plugin-gateway";

    public static ServiceFacts Of(GatewayConfiguration configuration, IEnumerable<string> credentials, IEnumerable<string> variables)
    {
        var process = Environment.ProcessPath!;
        string[] program = Path.GetFileNameWithoutExtension(process) == "dotnet"
            ? [process, Path.Combine(AppContext.BaseDirectory, "plugin-gateway.dll")]
            : [process];
        var runtime = Environment.GetEnvironmentVariable("DOTNET_ROOT");
        return new(
            program,
            configuration.Source == GatewayConfiguration.BuiltInSource ? null : Path.GetFullPath(configuration.Source),
            configuration.Gateway.DataDirectory,
            (int)StopLimit.Needed(configuration.Gateway).TotalSeconds,
            [.. credentials.Order(StringComparer.Ordinal)],
            string.IsNullOrEmpty(runtime) ? null : runtime)
        {
            Variables = [.. variables.Order(StringComparer.Ordinal)],
            Named = [.. configuration.Gateway.PluginPaths.Concat(configuration.SecretFiles).Where(Path.Exists).Order(StringComparer.Ordinal)],
            NeedsHomes = Read(configuration, [.. program, runtime])
                .Any(static path => Homes.Any(home => path.StartsWith(home, StringComparison.Ordinal))),
        };
    }

    private static IEnumerable<string> Read(GatewayConfiguration configuration, IEnumerable<string?> program) =>
        program.OfType<string>().Append(configuration.Source).Concat(configuration.Gateway.PluginPaths).Concat(configuration.SecretFiles)
            .Concat(configuration.Adapters.SelectMany(static adapter => $"{adapter.Worker.ReadPaths}\n{adapter.Worker.WritePaths}".Split('\n')));

    /// <summary>Returns the command line, with this data directory or none.</summary>
    public IEnumerable<string> Command(string? dataDirectory) =>
    [
        .. Program, "run", "--log", "json",
        .. Configuration is { } file ? new[] { "--config", file } : [],
        .. dataDirectory is null ? Array.Empty<string>() : ["--data", dataDirectory],
    ];
}
