using PluginGateway.Configuration.Options;

namespace PluginGateway.Configuration.Files;

/// <summary>Consequence when other users could change files that the gateway reads or runs.</summary>
internal enum ModeCheck
{
    /// <summary>No check: a command that runs nothing, or the operator's choice.</summary>
    None,

    /// <summary>A warning for each place.</summary>
    Warn,

    /// <summary>One error for all places.</summary>
    Refuse,
}

/// <summary>Owners and modes of the configuration, of plugins and of the data directory, and of the folders above: a user who can change one of them
/// can run code as the gateway's user.</summary>
internal static class ModeRules
{
    /// <summary>The command line option that skips the check.</summary>
    public const string Option = "--insecure-modes";

    private const string SystemFolder = "/etc/plugin-gateway";
    private const int MostShown = 3;

    public static void Check(GatewayConfiguration configuration, string? file, ModeCheck check, FileTrust trust, ProblemList problems)
    {
        if (check == ModeCheck.None) return;
        string[] faults = [.. Places(configuration, file)
            .SelectMany(place => place.IsPlugin ? [.. trust.Faults(place.Path), .. trust.FaultsBelow(place.Path)] : trust.Faults(place.Path))
            .Distinct(StringComparer.Ordinal)];
        if (faults.Length == 0) return;
        if (check == ModeCheck.Warn)
        {
            foreach (var fault in faults) problems.Warning("", null, $"{fault}, and so can run code as the gateway's user: run refuses it. {Remedy}");
            return;
        }

        var more = faults.Length > MostShown ? $"; and {faults.Length - MostShown} more, which 'plugin-gateway check' lists" : "";
        problems.Error(
            "", null, $"{string.Join("; ", faults.Take(MostShown))}{more}. Whoever can change these can run code as the gateway's user. {Remedy}");
    }

    private static string Remedy => $"Use chmod go-w, or chown; or start with {Option}.";

    private static IEnumerable<(string Path, bool IsPlugin)> Places(GatewayConfiguration configuration, string? file)
    {
        if (file is not null) yield return (file, false);
        if (Directory.Exists(SystemFolder)) yield return (SystemFolder, false);
        yield return (configuration.Gateway.DataDirectory, false);
        foreach (var root in configuration.Gateway.PluginPaths.Where(Directory.Exists)) yield return (root, false);
        foreach (var folder in PluginFolders(configuration)) yield return (folder, true);
    }

    private static IEnumerable<string> PluginFolders(GatewayConfiguration configuration)
    {
        string[] roots = [Path.Combine(AppContext.BaseDirectory, "plugins"), .. configuration.Gateway.PluginPaths];
        var names = configuration.Adapters.SelectMany(adapter => new[] { adapter.Plugin, adapter.Handler?.Plugin })
            .Append(configuration.Handler.Plugin).OfType<string>()
            .Where(static name => name.Length > 0).Distinct(StringComparer.Ordinal);
        return names.SelectMany(name => roots.Select(root => Path.Combine(root, name))).Where(Directory.Exists);
    }
}
