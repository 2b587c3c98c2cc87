using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Cli;
using PluginGateway.Configuration;
using PluginGateway.Loading;
using PluginGateway.Web;

namespace PluginGateway.Lifetime;

/// <summary>The command <c>check</c>: the configuration, the load gate of every plugin it names, and what enabled adapters that pass it say of their settings. Nothing connects.</summary>
internal static class GatewayCheck
{
    public static CheckReport Run(CliOptions cli)
    {
        var result = ConfigurationFile.Load(ConfigurationRequest.OfProcess(cli.Config, cli.Data, cli.Http));
        List<Finding> findings = [.. result.Problems.Select(Describe)];
        if (result.Configuration is not { } configuration) return new CheckReport(cli.Config ?? "configuration", cli.Data ?? "data", findings);
        var loader = new PluginLoader(new PluginFinder(), new PluginStaging(), NullLogger<PluginLoader>.Instance);
        var paths = configuration.Gateway.PluginPaths;
        findings.AddRange(Inspect(loader, configuration.Handler.Path, configuration.Handler.Plugin, PluginKind.Handler, configuration.Handler.Sha256, paths));
        Dictionary<AdapterOptions, PluginManifest> declared = new(ReferenceEqualityComparer.Instance);
        foreach (var adapter in configuration.Adapters)
        {
            var severity = adapter.Enabled ? Severity.Error : Severity.Warning;
            findings.AddRange(Inspect(loader, adapter.Path, adapter.Plugin, PluginKind.Adapter, adapter.Sha256, paths, severity, manifest => declared[adapter] = manifest));
            if (adapter.Handler is { } own) findings.AddRange(Inspect(loader, own.Path, own.Plugin, PluginKind.Handler, own.Sha256, paths, severity));
        }

        findings.AddRange(SharedCredentials(declared));
        findings.AddRange(SharedPaths(declared));
        findings.AddRange(OfSettings(declared, paths).Select(finding => finding with { Sentence = result.Redactor.Redact(finding.Sentence) }));
        return new CheckReport(configuration.Source, configuration.Gateway.DataDirectory, findings);
    }

    private static List<Finding> OfSettings(Dictionary<AdapterOptions, PluginManifest> declared, IReadOnlyList<string> paths)
    {
        try
        {
            using var settings = new SettingsCheck();
            return [.. declared.Where(static entry => entry.Key.Enabled).SelectMany(entry => settings.Ask(entry.Key, entry.Value, paths))];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [new Finding(Severity.Warning, "adapters", $"their settings were not checked: no folder could be made in '{Path.GetTempPath()}' ({exception.Message}); set TMPDIR to one that is writable")];
        }
    }

    /// <summary>Adapters that would wait for each other for ever.</summary>
    private static IEnumerable<Finding> SharedCredentials(Dictionary<AdapterOptions, PluginManifest> declared) => declared
        .Where(static entry => entry.Key.Enabled)
        .Select(static entry => (Adapter: entry.Key, entry.Value.Adapter!.Platform, Setting: entry.Value.Adapter.Traits.CredentialSetting, Credential: CredentialLocks.CredentialOf(entry.Value.Adapter, entry.Key.Settings)))
        .Where(static user => user.Credential is not null)
        .GroupBy(static user => (user.Platform, user.Credential))
        .SelectMany(static users => users.Skip(1).Select(later => new Finding(
            Severity.Warning, $"{later.Adapter.Path}.settings.{later.Setting}",
            $"is the credential of adapter '{users.First().Adapter.Id}' too, and allows one session only: '{later.Adapter.Id}' or '{users.First().Adapter.Id}' will wait", CredentialLocks.InUse)));

    /// <summary>Of two that claim one path the first has it.</summary>
    private static IEnumerable<Finding> SharedPaths(Dictionary<AdapterOptions, PluginManifest> declared) => declared
        .Where(static entry => entry.Key.Enabled && entry.Value.Adapter?.Traits.PathPrefix is not null)
        .GroupBy(static entry => entry.Value.Adapter!.Traits.PathPrefix!, static entry => entry.Key)
        .SelectMany(static claims => claims.Skip(1).Select(later => new Finding(Severity.Warning, later.Path, $"adapter '{later.Id}': {new RefusedPrefix(later.Id, claims.Key, claims.First().Id).Sentence}", "path-claimed")));

    private static IEnumerable<Finding> Inspect(
        PluginLoader loader, string where, string plugin, PluginKind kind, string? sha256, IReadOnlyList<string> paths, Severity severity = Severity.Error,
        Action<PluginManifest>? seen = null)
    {
        List<Finding> findings = [];
        try
        {
            var inspected = loader.Inspect(plugin, kind, paths, sha256);
            var manifest = inspected.Manifest;
            seen?.Invoke(manifest);
            findings.Add(new Finding(
                Severity.Note, where, $"{plugin} {manifest.AssemblyVersion} ({kind.ToString().ToLowerInvariant()}, contract {manifest.ContractVersion}) passes the load gate"));
            findings.AddRange(manifest.Warnings.Select(warning => new Finding(Severity.Warning, where, warning.Message, warning.Code.Word())));
        }
        catch (PluginLoadException problem)
        {
            findings.Add(new Finding(severity, where, problem.Message, problem.Code.Word()));
        }

        return findings;
    }

    private static Finding Describe(ConfigurationProblem problem) => new(
        problem.Severity switch { ProblemSeverity.Error => Severity.Error, ProblemSeverity.Warning => Severity.Warning, _ => Severity.Note },
        problem.Key.Length == 0 ? problem.File : $"{problem.File}: {problem.Key}",
        problem.Value is null ? problem.Message : $"'{problem.Value}' {problem.Message}");
}
