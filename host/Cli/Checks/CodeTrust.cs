using PluginGateway.Loading;

namespace PluginGateway.Cli.Checks;

/// <summary>Whose code a command may run in the operator's name: what comes with the gateway, and what the operator has pinned as a whole.</summary>
internal static class CodeTrust
{
    /// <summary>The plugins that come with the gateway, in the folder beside its executable.</summary>
    public static readonly IReadOnlyList<string> Shipped = ["Echo", "Feishu", "Irc", "Telegram", "WebChat", "Webhook"];

    public static bool IsTrusted(InspectedPlugin plugin, string? pin) => PluginPin.CoversAll(pin, plugin.Manifest, plugin.ContentHash) || IsShipped(plugin.Found);

    private static bool IsShipped(FoundPlugin found) => Shipped.Contains(found.Name) && Path.GetDirectoryName(found.Folder) == Path.Combine(AppContext.BaseDirectory, "plugins");
}
