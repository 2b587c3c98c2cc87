using PluginGateway.Loading;

namespace PluginGateway.Cli.Checks;

/// <summary>Plugins whose code a command may run as the operator: those shipped with the gateway, and those whose whole folder the operator has
/// pinned.</summary>
internal static class CodeTrust
{
    /// <summary>The plugins that come with the gateway, in the folder beside its executable.</summary>
    public static readonly IReadOnlyList<string> Shipped = ["Echo", "Feishu", "Irc", "Telegram", "WebChat", "Webhook"];

    public static bool IsTrusted(InspectedPlugin plugin, string? pin) =>
        PluginPin.CoversAll(pin, plugin.Manifest, plugin.ContentHash) || IsShipped(plugin.Found);

    private static bool IsShipped(FoundPlugin found) =>
        Shipped.Contains(found.Name) && Path.GetDirectoryName(found.Folder) == Path.Combine(AppContext.BaseDirectory, "plugins");
}
