using System.Collections;
using PluginGateway.Configuration.Options;
using PluginGateway.Configuration.Secrets;

namespace PluginGateway.Configuration.Files;

/// <summary>What the configuration is made from, besides the file's content.</summary>
internal sealed record ConfigurationRequest
{
    /// <summary><c>--config</c>: must exist. Null: <c>plugins.json</c> in the working directory if there is one.</summary>
    public string? ConfigPath { get; init; }

    public required string WorkingDirectory { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary><c>--data</c>, above everything else.</summary>
    public string? DataDirectory { get; init; }

    /// <summary><c>--http</c>, above the file.</summary>
    public string? HttpUrl { get; init; }

    /// <summary>True where only the rest of the configuration matters: a secret that is not there is then no error.</summary>
    public bool LenientSecrets { get; init; }

    /// <summary>True where an error in one adapter's entry is to stop that adapter only.</summary>
    public bool ConfinesErrors { get; init; }

    /// <summary>What follows when others could change what is read and run.</summary>
    public ModeCheck Modes { get; init; }

    /// <summary>The trusted users; null: as this process and this machine have it.</summary>
    public FileTrust? Trust { get; init; }

    /// <summary>A request from this process's environment and current directory.</summary>
    public static ConfigurationRequest OfProcess(string? config = null, string? data = null, string? http = null) => new()
    {
        ConfigPath = config,
        WorkingDirectory = Directory.GetCurrentDirectory(),
        Environment = System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? ""),
        DataDirectory = data,
        HttpUrl = http,
    };

    /// <summary>A request while a configuration is in force: a default file that it came from must be there, or nothing is changed.</summary>
    public ConfigurationRequest Again(GatewayConfiguration inForce) =>
        ConfigPath is null && inForce.Source != GatewayConfiguration.BuiltInSource ? this with { ConfigPath = ConfigurationSource.DefaultFile } : this;

    /// <summary>Never the environment: it holds secrets.</summary>
    public override string ToString() => $"configuration '{ConfigPath ?? ConfigurationSource.DefaultFile}' in '{WorkingDirectory}'";
}

/// <summary>What came of it.</summary>
/// <param name="Configuration">Null when there is an error among the problems.</param>
/// <param name="Problems">All of them, errors first, free of secrets.</param>
/// <param name="Redactor">Knows every secret that was read; for logs and status.</param>
/// <param name="KnownKeys">Every key that was asked for, list positions left out.</param>
internal sealed record ConfigurationResult(
    GatewayConfiguration? Configuration, IReadOnlyList<ConfigurationProblem> Problems, Redactor Redactor, IReadOnlyCollection<string> KnownKeys)
{
    /// <summary>The configuration with its errors: what could not be read has its default. Null: it is no JSON. Only for looking further.</summary>
    public GatewayConfiguration? Written { get; init; }

    /// <summary>The names after <c>${cred:</c>, which the service manager has to provide.</summary>
    public IReadOnlyCollection<string> Credentials { get; init; } = [];

    /// <summary>The names after <c>${env:</c>.</summary>
    public IReadOnlyCollection<string> Variables { get; init; } = [];
}
