using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Configuration.Options;
using PluginGateway.Loading;

namespace PluginGateway.Cli.Checks;

/// <summary>Adapter or handler of a configuration, with the plugin that it names.</summary>
/// <param name="Id">The adapter or handler id.</param>
/// <param name="Path">Its key, for messages.</param>
/// <param name="IsOn">False: problems of this entry are warnings.</param>
internal sealed record ConfiguredPlugin(string Id, string Path, string Plugin, PluginKind Kind, string? Sha256, bool IsOn)
{
    public AdapterOptions? Adapter { get; init; }

    public HandlerOptions? Handler { get; init; }

    public bool IsIsolated => Adapter is { Isolation: IsolationMode.Process } || Handler is { IsIsolated: true };
}

/// <summary>The load gate of every plugin that a configuration names, each read once however many adapters use it.</summary>
internal sealed class PluginInspections(GatewayOptions gateway)
{
    private readonly PluginLoader _loader = new(new PluginFinder(), new PluginStaging(), NullLogger<PluginLoader>.Instance);
    private readonly Dictionary<(string Plugin, PluginKind Kind, string? Sha256), (InspectedPlugin? Plugin, PluginLoadException? Fault)> _seen = [];

    public IReadOnlyList<string> Paths => gateway.PluginPaths;

    /// <summary>Returns the plugin; null if it is refused.</summary>
    public InspectedPlugin? Find(ConfiguredPlugin use) => Inspect(use).Plugin;

    public IReadOnlyList<Finding> Of(ConfiguredPlugin use)
    {
        var (plugin, fault) = Inspect(use);
        if (fault is not null) return [new Finding(use.IsOn ? Severity.Error : Severity.Warning, use.Path, fault.Message, fault.Code.Word())];
        var manifest = plugin!.Manifest;
        List<Finding> findings =
        [
            new(Severity.Note, use.Path,
                $"{use.Plugin} {manifest.AssemblyVersion} ({use.Kind.ToString().ToLowerInvariant()}, contract {manifest.ContractVersion}) passes the load gate"),
            .. manifest.Warnings.Select(warning => new Finding(Severity.Warning, use.Path, warning.Message, warning.Code.Word())),
        ];
        if (PluginPin.Gap(use.Sha256, manifest, plugin.ContentHash) is { } gap)
            findings.Add(new(Severity.Warning, $"{use.Path}.sha256", gap, PluginPin.GapCode));
        return findings;
    }

    private (InspectedPlugin? Plugin, PluginLoadException? Fault) Inspect(ConfiguredPlugin use)
    {
        var key = (use.Plugin, use.Kind, use.Sha256);
        if (_seen.TryGetValue(key, out var seen)) return seen;
        try
        {
            seen = (_loader.Inspect(use.Plugin, use.Kind, gateway.PluginPaths, use.Sha256, gateway.RequirePins), null);
        }
        catch (PluginLoadException fault)
        {
            seen = (null, fault);
        }

        _seen.Add(key, seen);
        return seen;
    }
}
