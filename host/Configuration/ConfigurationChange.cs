using PluginGateway.Configuration.Options;

namespace PluginGateway.Configuration;

/// <summary>The gateway's own settings after a reload. Settings of adapters and handlers, inherited timeouts included, are compared where their
/// generations are made. Pure.</summary>
/// <param name="InForce">The running settings, with those new values that can take effect.</param>
/// <param name="Applied">Keys whose new value takes effect.</param>
/// <param name="NeedRestart">Keys whose new value takes effect only after a restart.</param>
internal sealed record ConfigurationChange(GatewayOptions InForce, IReadOnlyList<string> Applied, IReadOnlyList<string> NeedRestart)
{
    public static ConfigurationChange Between(GatewayOptions old, GatewayOptions next)
    {
        var inForce = old with
        {
            PluginPaths = next.PluginPaths,
            RequirePins = next.RequirePins,
            ControlWords = next.ControlWords,
            Reconnect = next.Reconnect,
            OnWedged = next.OnWedged,
            Isolation = next.Isolation,
            Worker = next.Worker,
            Conversation = next.Conversation,
            Timeouts = next.Timeouts with { Drain = old.Timeouts.Drain, StoreClose = old.Timeouts.StoreClose },
        };
        return new(inForce, Different(Applicable(old, next)), Different(Fixed(old, next)));
    }

    // Other timeouts reach the running gateway through the adapters and handlers, which inherit them.
    private static (string Key, bool Same)[] Fixed(GatewayOptions old, GatewayOptions next) =>
    [
        ("dataDirectory", old.DataDirectory == next.DataDirectory),
        ("http", old.Http == next.Http),
        ("httpToken", old.HttpToken == next.HttpToken),
        ("httpTokens", old.HttpTokens.SequenceEqual(next.HttpTokens)),
        ("allowedHosts", old.AllowedHosts.SequenceEqual(next.AllowedHosts)),
        ("timeouts.drainSeconds", old.Timeouts.Drain == next.Timeouts.Drain),
        ("timeouts.storeCloseSeconds", old.Timeouts.StoreClose == next.Timeouts.StoreClose),
        ("shutdownBudgetSeconds", old.ShutdownBudget == next.ShutdownBudget),
        ("lastResortGraceSeconds", old.LastResortGrace == next.LastResortGrace),
        ("notifyChats", old.NotifyChats.SequenceEqual(next.NotifyChats)),
        ("shutdownNotice", old.ShutdownNotice == next.ShutdownNotice),
        ("inbox", old.Inbox == next.Inbox),
        ("store", old.Store == next.Store),
        ("logLevel", old.LogLevel == next.LogLevel),
    ];

    private static (string Key, bool Same)[] Applicable(GatewayOptions old, GatewayOptions next) =>
    [
        ("pluginPaths", old.PluginPaths.SequenceEqual(next.PluginPaths)),
        ("requirePins", old.RequirePins == next.RequirePins),
        ("controlWords", old.ControlWords == next.ControlWords),
        ("reconnect", old.Reconnect == next.Reconnect),
        ("onWedged", old.OnWedged == next.OnWedged),
        ("isolation", old.Isolation == next.Isolation),
        ("worker", old.Worker == next.Worker),
        ("conversation", old.Conversation == next.Conversation),
    ];

    private static string[] Different((string Key, bool Same)[] keys) =>
        [.. keys.Where(static key => !key.Same).Select(static key => $"gateway.{key.Key}")];
}
