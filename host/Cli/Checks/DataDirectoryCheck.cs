using PluginGateway.Instance;
using PluginGateway.Posix;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Files;

namespace PluginGateway.Cli.Checks;

/// <summary>Check of the data directory without changing it. The database is not opened, only its header is read: that leaves no file
/// behind.</summary>
internal static class DataDirectoryCheck
{
    private const string Where = "data directory";

    public static IReadOnlyList<Finding> Of(string dataDirectory)
    {
        if (!Directory.Exists(dataDirectory)) return Missing(dataDirectory);
        if (PathFacts.Refusal(dataDirectory, PathFacts.MayRead | PathFacts.MayWrite | PathFacts.MayEnter) is { } refusal)
        {
            return [Error($"'{dataDirectory}' cannot be written to ({refusal}); "
                + "give it to the user the gateway runs as, or name another with --data.")];
        }

        List<Finding> findings = [];
        foreach (var path in new[] { DataDirectory.Lock(dataDirectory), StoreFile.In(dataDirectory) }.Where(Path.Exists))
        {
            if (PathFacts.Refusal(path, PathFacts.MayRead | PathFacts.MayWrite) is { } fault)
                findings.Add(Error($"'{path}' cannot be read and written ({fault}); it must belong to the user the gateway runs as."));
        }

        if (StoreHeader.Fault(StoreFile.In(dataDirectory)) is { } store) findings.Add(Error(store.Message, store.Code));
        return findings;
    }

    private static IReadOnlyList<Finding> Missing(string dataDirectory)
    {
        if (Path.Exists(dataDirectory)) return [Error($"'{dataDirectory}' is a file; a folder was expected.")];
        var parent = Path.GetDirectoryName(dataDirectory);
        while (parent is not null && !Path.Exists(parent)) parent = Path.GetDirectoryName(parent);
        if (File.Exists(parent)) return [Error($"'{dataDirectory}' cannot be made: '{parent}' is a file.")];
        if (parent is null || PathFacts.Refusal(parent, PathFacts.MayWrite | PathFacts.MayEnter) is not { } refusal) return [];
        return [Error($"'{dataDirectory}' does not exist and cannot be made in '{parent}' ({refusal}); make it for the user the gateway runs as, or name another with --data.")];
    }

    private static Finding Error(string sentence, string? code = null) => new(Severity.Error, Where, sentence, code);
}
