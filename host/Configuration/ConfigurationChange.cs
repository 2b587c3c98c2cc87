using System.Text.Json;

namespace PluginGateway.Configuration;

/// <summary>The difference between the running configuration and a new one. Pure.</summary>
/// <param name="Added">Adapter ids only the new one has.</param>
/// <param name="Removed">Adapter ids only the old one has.</param>
/// <param name="Changed">Adapter ids with any effective difference, inherited timeouts included.</param>
/// <param name="HandlerChanged">The default handler differs.</param>
/// <param name="NeedRestart">Keys whose new value takes effect only after a restart.</param>
internal sealed record ConfigurationChange(
    IReadOnlyList<string> Added, IReadOnlyList<string> Removed, IReadOnlyList<string> Changed, bool HandlerChanged, IReadOnlyList<string> NeedRestart)
{
    public bool IsEmpty => Added.Count + Removed.Count + Changed.Count + NeedRestart.Count == 0 && !HandlerChanged;

    public static ConfigurationChange Between(GatewayConfiguration old, GatewayConfiguration next)
    {
        var before = old.Adapters.ToDictionary(a => a.Id);
        var after = next.Adapters.ToDictionary(a => a.Id);
        return new(
            [.. after.Keys.Except(before.Keys)],
            [.. before.Keys.Except(after.Keys)],
            [.. after.Keys.Intersect(before.Keys).Where(id => !Same(before[id], after[id]))],
            !Same(old.Handler, next.Handler),
            [.. GatewayKeys(old.Gateway, next.Gateway)]);
    }

    // Blanking what a record cannot compare by value lets the record compare the rest, members of the future included.
    private static bool Same(AdapterOptions left, AdapterOptions right) =>
        Blank(left) == Blank(right) && JsonElement.DeepEquals(left.Settings, right.Settings) && Same(left.Handler, right.Handler);

    private static bool Same(HandlerOptions? left, HandlerOptions? right) => left is null || right is null
        ? left is null && right is null
        : Blank(left) == Blank(right) && JsonElement.DeepEquals(left.Settings, right.Settings);

    private static AdapterOptions Blank(AdapterOptions adapter) => adapter with { Settings = default, Handler = null, Path = "", Entry = "" };

    private static HandlerOptions Blank(HandlerOptions handler) => handler with { Settings = default, Path = "" };

    // The other timeouts and onWedged reach the running gateway through the adapters and the handler, which inherit them.
    private static IEnumerable<string> GatewayKeys(GatewayOptions old, GatewayOptions next)
    {
        (string Key, bool Same)[] keys =
        [
            ("dataDirectory", old.DataDirectory == next.DataDirectory),
            ("http", old.Http == next.Http),
            ("httpToken", old.HttpToken == next.HttpToken),
            ("allowedHosts", old.AllowedHosts.SequenceEqual(next.AllowedHosts)),
            ("timeouts.drainSeconds", old.Timeouts.Drain == next.Timeouts.Drain),
            ("timeouts.storeCloseSeconds", old.Timeouts.StoreClose == next.Timeouts.StoreClose),
            ("shutdownBudgetSeconds", old.ShutdownBudget == next.ShutdownBudget),
            ("lastResortGraceSeconds", old.LastResortGrace == next.LastResortGrace),
            ("pluginPaths", old.PluginPaths.SequenceEqual(next.PluginPaths)),
            ("notifyChats", old.NotifyChats.SequenceEqual(next.NotifyChats)),
            ("shutdownNotice", old.ShutdownNotice == next.ShutdownNotice),
            ("inbox", old.Inbox == next.Inbox),
            ("store", old.Store == next.Store),
            ("reconnect", old.Reconnect == next.Reconnect),
            ("logLevel", old.LogLevel == next.LogLevel),
        ];
        return keys.Where(k => !k.Same).Select(k => $"gateway.{k.Key}");
    }
}
