using System.Collections;
using PluginGateway.Configuration.Options;
using PluginGateway.Configuration.Secrets;

namespace PluginGateway.Configuration.Files;

/// <summary>Input of the configuration besides the file's content.</summary>
internal sealed record ConfigurationRequest
{
    /// <summary>Value of <c>--config</c>: the file must exist. Null: <c>plugins.json</c> in the working directory if there is one.</summary>
    public string? ConfigPath { get; init; }

    public required string WorkingDirectory { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Value of <c>--data</c>, which overrides every other source.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Value of <c>--http</c>, which overrides the file.</summary>
    public string? HttpUrl { get; init; }

    /// <summary>True when only the rest of the configuration matters: a missing secret is no error then.</summary>
    public bool LenientSecrets { get; init; }

    /// <summary>True when an error in one adapter's entry is to stop that adapter only.</summary>
    public bool ConfinesErrors { get; init; }

    /// <summary>Check of the owners and modes of files.</summary>
    public ModeCheck Modes { get; init; }

    /// <summary>The trusted users; null: those of this process and this machine.</summary>
    public FileTrust? Trust { get; init; }

    /// <summary>Creates a request from this process's environment and current directory.</summary>
    public static ConfigurationRequest OfProcess(string? config = null, string? data = null, string? http = null) => new()
    {
        ConfigPath = config,
        WorkingDirectory = Directory.GetCurrentDirectory(),
        Environment = System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? ""),
        DataDirectory = data,
        HttpUrl = http,
    };

    /// <summary>Returns a request while a configuration is in force: if that came from the default file, the file must exist, or nothing is
    /// changed.</summary>
    public ConfigurationRequest Again(GatewayConfiguration inForce) =>
        ConfigPath is null && inForce.Source != GatewayConfiguration.BuiltInSource
        ? this with { ConfigPath = ConfigurationSource.DefaultFile }
        : this;

    /// <summary>Returns a description without the environment, which holds secrets.</summary>
    public override string ToString() => $"configuration '{ConfigPath ?? ConfigurationSource.DefaultFile}' in '{WorkingDirectory}'";
}

/// <summary>Result of reading a configuration.</summary>
/// <param name="Configuration">Null when there is an error among the problems.</param>
/// <param name="Problems">All problems, errors first, free of secrets.</param>
/// <param name="Redactor">Knows every secret that was read; for logs and status.</param>
/// <param name="KnownKeys">Every key that was read, list positions left out.</param>
internal sealed record ConfigurationResult(
    GatewayConfiguration? Configuration, IReadOnlyList<ConfigurationProblem> Problems, Redactor Redactor, IReadOnlyCollection<string> KnownKeys)
{
    /// <summary>The configuration with its errors: a value that could not be read has its default. Null when the file is no JSON. Only for further
    /// checks.</summary>
    public GatewayConfiguration? Written { get; init; }

    /// <summary>The names after <c>${cred:</c>, which the service manager has to provide.</summary>
    public IReadOnlyCollection<string> Credentials { get; init; } = [];

    /// <summary>The names after <c>${env:</c>.</summary>
    public IReadOnlyCollection<string> Variables { get; init; } = [];
}
