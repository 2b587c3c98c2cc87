using System.Globalization;
using PluginGateway.Configuration;
using PluginGateway.Configuration.Files;
using PluginGateway.Configuration.Options;
using PluginGateway.Configuration.Secrets;
using PluginGateway.Hosting;
using PluginGateway.Instance;
using PluginGateway.Loading;
using PluginGateway.Supervision.Generations;
using PluginGateway.Web.Adapters;

namespace PluginGateway.Cli.Checks;

/// <summary>The command <c>check</c>: everything that <c>run</c> would refuse, at once. Configuration, owners and modes, data directory, the load
/// gate of every plugin, and the settings, as judged by plugins whose code may run. No adapter connects, and the data directory is not
/// touched.</summary>
internal static class GatewayCheck
{
    public static CheckReport Run(CliOptions cli)
    {
        var source = ConfigurationRequest.OfProcess(cli.Config, cli.Data, cli.Http) with { Modes = ModeCheck.Warn };
        var result = ConfigurationFile.Load(source);
        PluginText.Hide(result.Redactor);
        List<Finding> findings = [.. result.Problems.Select(Describe)];
        if (result.Written is not { } configuration) return new CheckReport(cli.Config ?? "configuration", cli.Data ?? "data", findings);
        if (cli.Config is null && configuration.Source != GatewayConfiguration.BuiltInSource)
            findings.Add(new Finding(Severity.Note, configuration.Source, $"was found in the current directory, '{configuration.BaseDirectory}'"));
        findings.AddRange(DataDirectoryCheck.Of(configuration.Gateway.DataDirectory));
        if (OpenFilesLimit.Fault(OpenFilesLimit.Units(configuration)) is { } few)
            findings.Add(new Finding(Severity.Warning, "process", few, "few-open-files"));
        var uses = Uses(configuration).ToArray();
        var inspections = new PluginInspections(configuration.Gateway);
        foreach (var use in uses) findings.AddRange(inspections.Of(use));
        findings.AddRange(SharedCredentials(configuration, inspections));
        findings.AddRange(SharedPaths(configuration, inspections));
        findings.AddRange(OverriddenScopes(configuration, inspections));
        findings.AddRange(HiddenCommands(configuration, inspections));
        findings.AddRange(OfSettings(configuration, source, uses, inspections, Unresolved(result), cli.RunPlugins)
            .Select(finding => finding with { Sentence = result.Redactor.Redact(finding.Sentence) }));
        return new CheckReport(configuration.Source, configuration.Gateway.DataDirectory, findings);
    }

    /// <summary>Every place that names a plugin.</summary>
    public static IEnumerable<ConfiguredPlugin> Uses(GatewayConfiguration configuration)
    {
        var handler = configuration.Handler;
        yield return new(HandlerIds.Default, handler.Path, handler.Plugin, PluginKind.Handler, handler.Sha256, IsOn: true) { Handler = handler };
        foreach (var adapter in configuration.Adapters.Where(static adapter => adapter is { Id.Length: > 0, Plugin.Length: > 0 }))
        {
            yield return new(adapter.Id, adapter.Path, adapter.Plugin, PluginKind.Adapter, adapter.Sha256, adapter.Enabled) { Adapter = adapter };
            if (adapter.Handler is { Plugin.Length: > 0 } own)
                yield return new(HandlerIds.Of(adapter.Id), own.Path, own.Plugin, PluginKind.Handler, own.Sha256, adapter.Enabled) { Handler = own };
        }
    }

    /// <summary>Keys of settings whose secret could not be resolved: a plugin's findings about them are meaningless.</summary>
    private static HashSet<string> Unresolved(ConfigurationResult result) =>
        [.. result.Problems
            .Where(static problem => problem.Severity == ProblemSeverity.Error && problem.Key.Contains(".settings", StringComparison.Ordinal))
            .Select(static problem => problem.Key)];

    private static List<Finding> OfSettings(
        GatewayConfiguration configuration, ConfigurationRequest source, ConfiguredPlugin[] uses, PluginInspections inspections,
        HashSet<string> unresolved, bool runsPlugins)
    {
        try
        {
            using var settings = new SettingsCheck(HostComposition.HiddenFrom(configuration, source), source.Environment);
            var asked = new SettingsRound(uses.Where(static use => use.IsOn), use => Ask(settings, use, inspections, runsPlugins));
            return [.. asked.Findings.Where(finding => !IsMoot(finding, unresolved))];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [new Finding(Severity.Warning, "adapters",
                $"their settings were not checked: no folder could be made in '{Path.GetTempPath()}' ({exception.Message}); set TMPDIR to one that is writable")];
        }

        static bool IsMoot(Finding finding, HashSet<string> unresolved) =>
            unresolved.Contains(finding.Where)
            || (finding.Severity == Severity.Error && unresolved.Any(key => key.StartsWith(finding.Where + ".settings", StringComparison.Ordinal)));
    }

    private static IReadOnlyList<Finding> Ask(SettingsCheck settings, ConfiguredPlugin use, PluginInspections inspections, bool runsPlugins)
    {
        if (inspections.Find(use) is not { } inspected || !SettingsCheck.HasSomethingToSay(use, inspected.Manifest)) return [];
        if (!runsPlugins && !use.IsIsolated && !CodeTrust.IsTrusted(inspected, use.Sha256))
        {
            return
            [
                new Finding(Severity.Note, use.Path,
                    $"its settings were not checked: no code of '{use.Plugin}' is run here unless it is pinned (plugin-gateway plugins --pin), isolated, or --run-plugins is said", "not-asked"),
            ];
        }

        return use.Adapter is { } adapter
            ? settings.Ask(adapter, inspected.Manifest, inspections.Paths)
            : settings.Ask(use.Handler!, use.Id, inspected.Manifest, inspections.Paths);
    }

    /// <summary>Adapters that would wait for each other for ever.</summary>
    private static IEnumerable<Finding> SharedCredentials(GatewayConfiguration configuration, PluginInspections inspections) => Uses(configuration)
        .Where(static use => use is { IsOn: true, Adapter: not null })
        .Select(use => (use.Adapter, Declared: inspections.Find(use)?.Manifest.Adapter))
        .Where(static user => user.Declared is not null)
        .SelectMany(static user => CredentialLocks.CredentialsOf(user.Declared!, user.Adapter!.Settings)
            .Select(credential => (Adapter: user.Adapter!, user.Declared!.Platform, Credential: credential)))
        .GroupBy(static user => (user.Platform, user.Credential.Value))
        .SelectMany(static users => users.Skip(1).Select(later => new Finding(
            Severity.Warning, $"{later.Adapter.Path}.settings.{later.Credential.Setting}",
            $"is the credential of adapter '{users.First().Adapter.Id}' too, and allows one session only: '{later.Adapter.Id}' or '{users.First().Adapter.Id}' will wait",
            CredentialLocks.InUse)));

    /// <summary>Finds adapters whose setting overrides the scope of sessions that their handler declares.</summary>
    private static IEnumerable<Finding> OverriddenScopes(GatewayConfiguration configuration, PluginInspections inspections)
    {
        var uses = Uses(configuration).ToArray();
        var handlerOf = HandlerIds.Router(configuration);
        foreach (var adapter in uses.Select(static use => use.Adapter).OfType<AdapterOptions>())
        {
            if (adapter.Conversation.Scope is not { } chosen || Array.Find(uses, use => use.Id == handlerOf(adapter.Id)) is not { } handler
                || inspections.Find(handler)?.Manifest.Handler is not { Traits.Scope: var declared }
                || declared == SessionScope.Default || declared == chosen)
                continue;
            yield return new Finding(Severity.Warning, $"{adapter.Path}.conversation.scope", string.Create(CultureInfo.InvariantCulture,
                $"is {Name(chosen)}, and the handler '{handler.Plugin}' declares that its sessions are of a {Name(declared)}: it may answer wrongly; leave the setting out to follow the handler"),
                "scope-overridden");
        }

        static string Name(SessionScope scope) => scope == SessionScope.Chat ? "chat" : "sender";
    }

    /// <summary>Finds commands of handlers that no handler gets, because a control word has their name.</summary>
    private static IEnumerable<Finding> HiddenCommands(GatewayConfiguration configuration, PluginInspections inspections)
    {
        var uses = Uses(configuration).ToArray();
        var handlerOf = HandlerIds.Router(configuration);
        foreach (var adapter in uses.Select(static use => use.Adapter).OfType<AdapterOptions>())
        {
            if (Array.Find(uses, use => use.Id == handlerOf(adapter.Id)) is not { } handler) continue;
            foreach (var command in inspections.Find(handler)?.Manifest.Handler?.Commands ?? [])
            {
                if (adapter.ControlWords.Find(command.Name) is null) continue;
                yield return new Finding(Severity.Warning, $"{adapter.Path}.controlWords",
                    $"names '{command.Name}', which is a command of the handler '{handler.Plugin}' too: the gateway answers it; give the word another name, or none",
                    "command-hidden");
            }
        }
    }

    /// <summary>Finds adapters that claim the same HTTP path: the first one has it.</summary>
    private static IEnumerable<Finding> SharedPaths(GatewayConfiguration configuration, PluginInspections inspections) => Uses(configuration)
        .Where(static use => use is { IsOn: true, Adapter: not null })
        .Select(use => (Use: use, Prefix: inspections.Find(use)?.Manifest.Adapter?.Traits.PathPrefix))
        .Where(static claim => claim.Prefix is not null)
        .GroupBy(static claim => claim.Prefix!, static claim => claim.Use)
        .SelectMany(static claims => claims.Skip(1).Select(later => new Finding(
            Severity.Warning, later.Path,
            $"adapter '{later.Id}': {new RefusedPrefix(later.Id, claims.Key, claims.First().Id).Sentence}", "path-claimed")));

    private static Finding Describe(ConfigurationProblem problem) => new(
        problem.Severity switch { ProblemSeverity.Error => Severity.Error, ProblemSeverity.Warning => Severity.Warning, _ => Severity.Note },
        problem.Key.Length == 0 ? problem.File : $"{problem.File}: {problem.Key}",
        problem.Value is null ? problem.Message : $"'{problem.Value}' {problem.Message}");
}
