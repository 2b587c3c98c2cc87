using System.Security.Cryptography;
using PluginGateway.Configuration.Files;
using PluginGateway.Configuration.Options;
using PluginGateway.Loading;
using PluginGateway.Loading.Inspection;
using PluginGateway.Posix;
using PluginGateway.Status;
using PluginGateway.Supervision.Generations;

namespace PluginGateway.Cli.Checks;

/// <summary>Looks at plugins where the operator put them, runs nothing of them: behind the commands <c>plugins</c> and <c>inspect</c>.</summary>
internal static class PluginInventory
{
    /// <summary>Every plugin that is configured or lies in a plugin folder, by name.</summary>
    public static IReadOnlyList<PluginReport> All(CliOptions cli)
    {
        var finder = new PluginFinder();
        var configuration = ConfigurationFile.Load(ConfigurationRequest.OfProcess(cli.Config, cli.Data)).Configuration;
        var paths = configuration?.Gateway.PluginPaths ?? [];
        var uses = configuration is null ? [] : Uses(configuration).ToArray();
        var names = uses.Select(static use => use.Plugin).Concat(finder.Names(paths)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        return [.. names.Select(name => new PluginReport(
            name, ByName(finder, name, paths), [.. uses.Where(use => use.Plugin == name).Select(use => Describe(finder, use, paths))]))];
    }

    /// <summary>Inspects one plugin, given by its name, its DLL, or a folder with a DLL of the folder's name.</summary>
    public static DllReport Inspect(CliOptions cli, string nameOrPath)
    {
        if (Directory.Exists(nameOrPath))
            return ByPath(Path.Combine(nameOrPath, Path.GetFileName(Path.GetFullPath(nameOrPath).TrimEnd('/')) + ".dll"));
        if (File.Exists(nameOrPath) || nameOrPath.Contains('/', StringComparison.Ordinal)
            || nameOrPath.EndsWith(".dll", StringComparison.OrdinalIgnoreCase))
            return ByPath(nameOrPath);
        return ByName(new PluginFinder(), nameOrPath,
            ConfigurationFile.Load(ConfigurationRequest.OfProcess(cli.Config, cli.Data)).Configuration?.Gateway.PluginPaths ?? []);
    }

    private static IEnumerable<Use> Uses(GatewayConfiguration configuration)
    {
        yield return new(HandlerIds.Default, configuration.Handler.Plugin, PluginKind.Handler, configuration.Handler.Sha256);
        foreach (var adapter in configuration.Adapters)
        {
            yield return new(adapter.Id, adapter.Plugin, PluginKind.Adapter, adapter.Sha256);
            if (adapter.Handler is { } own) yield return new(HandlerIds.Of(adapter.Id), own.Plugin, PluginKind.Handler, own.Sha256);
        }
    }

    private static PluginUse Describe(PluginFinder finder, Use use, IReadOnlyList<string> paths)
    {
        var kind = use.Kind == PluginKind.Adapter ? "adapter" : "handler";
        try
        {
            PluginLoader.Inspect(finder.Find(use.Plugin, paths), use.Kind, use.Sha256);
            return new(use.Id, kind, null, null, null);
        }
        catch (PluginLoadException problem)
        {
            return new(use.Id, kind, problem.Code.Word(), problem.Message, null);
        }
    }

    private static DllReport ByName(PluginFinder finder, string name, IReadOnlyList<string> paths)
    {
        try
        {
            return ByPath(finder.Find(name, paths).MainPath);
        }
        catch (PluginLoadException problem)
        {
            return Refused(null, problem);
        }
    }

    private static DllReport ByPath(string path)
    {
        path = Path.GetFullPath(path);
        try
        {
            var found = PluginInspector.Inspect(path);
            return new(
                path, found.AssemblyName, found.AssemblyVersion.ToString(), found.ContractVersion.ToString(), HostContract.Version.ToString(),
                found.Sha256, ContentHash(path),
                found.Adapter is { } adapter ? Describe(adapter) : null,
                found.Handler is { } handler ? Describe(handler) : null,
                null, null, [.. found.Warnings.Select(static warning => $"{warning.Message} [{warning.Code.Word()}]")]);
        }
        catch (PluginLoadException problem)
        {
            return Refused(path, problem);
        }
    }

    private static DllReport Refused(string? path, PluginLoadException problem) => new(
        path, null, null, null, HostContract.Version.ToString(),
        path is not null && AtomicFile.TryRead(path) is { } bytes ? Convert.ToHexStringLower(SHA256.HashData(bytes)) : null,
        path is null ? null : ContentHash(path), null, null, problem.Code.Word(), problem.Message, []);

    /// <summary>Returns the content hash of a plugin's own folder only: another folder may hold unrelated files.</summary>
    private static string? ContentHash(string path)
    {
        var found = new FoundPlugin(Path.GetFileNameWithoutExtension(path), Path.GetDirectoryName(path)!);
        try
        {
            return Path.GetFileName(found.Folder) == found.Name && File.Exists(path) ? PluginStaging.HashOf(found) : null;
        }
        catch (PluginLoadException)
        {
            return null;
        }
    }

    private static string[] NamesOf(EventKinds kinds) =>
        [.. Enum.GetValues<EventKinds>().Where(kind => kind is not (EventKinds.None or EventKinds.All) && kinds.HasFlag(kind))
            .Select(static kind => kind.ToString())];

    private static string[] NamesOf(MessageFeatures features) =>
        [.. Enum.GetValues<MessageFeatures>().Where(feature => feature != MessageFeatures.None && features.HasFlag(feature))
            .Select(static feature => feature.ToString())];

    private static DeclaredHandler Describe(HandlerDeclaration handler) => new(
        handler.Name, handler.TypeName, handler.Capabilities.Names(), NamesOf(handler.Traits.Events), handler.Traits.Scope, handler.Traits.Collect);

    private static DeclaredAdapter Describe(AdapterDeclaration adapter) => new(
        adapter.Platform, adapter.TypeName, adapter.Capabilities.Names(), adapter.Traits.MaxTextLength, adapter.Traits.TextUnit,
        adapter.Traits.ConcurrentSends,
        adapter.Traits.AccountMessagesPerSecond, adapter.Traits.ChatMessagesPerSecond, adapter.Traits.Inbound, adapter.Traits.Idempotency,
        adapter.Traits.CredentialSettings,
        adapter.Traits.PathPrefix, adapter.Traits.MaxAttachments, adapter.Traits.MaxAttachmentBytes, adapter.Traits.IdempotencySeconds,
        adapter.Traits.MaxButtons, adapter.Traits.MaxButtonLabel, NamesOf(adapter.Traits.Features), adapter.Traits.Extras,
        adapter.Traits.PrivateDelivery)
    {
        MaxCaption = adapter.Traits.MaxCaption,
        ClientSplitLength = adapter.Traits.ClientSplitLength,
        GroupMessagesPerMinute = adapter.Traits.GroupMessagesPerMinute,
        AccountEditsPerSecond = adapter.Traits.AccountEditsPerSecond,
        ChatEditsPerSecond = adapter.Traits.ChatEditsPerSecond,
        MaxEdits = adapter.Traits.MaxEdits,
        EditWindowSeconds = adapter.Traits.EditWindowSeconds,
        ButtonIdBytes = adapter.Traits.ButtonIdBytes,
        SenderIdsProve = adapter.Traits.SenderIdsProve,
    };

    private sealed record Use(string Id, string Plugin, PluginKind Kind, string? Sha256);
}
