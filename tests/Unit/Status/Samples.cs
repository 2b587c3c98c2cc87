using PluginGateway.Shutdown;
using PluginGateway.Status;

namespace PluginGateway.Tests.Status;

/// <summary>Reports as a gateway with one good and some bad adapters would make them.</summary>
internal static class Samples
{
    public static DateTimeOffset Now { get; } = new(2026, 6, 1, 17, 36, 24, TimeSpan.Zero);

    public static ShutdownReport Shutdown { get; } = new(
        "SIGTERM", Now.AddHours(-3), 5.7, 0,
        [new(StopPhase.Drain, 0.1, 5, true), new(StopPhase.Teardown, 5.0, 5, false), new(StopPhase.StoreClose, 0.02, 3, true)],
        [new("web", "WebChat", "closed", 0.01, 5, null), new("tg-main", "Telegram", "overran", 5.0, 5, "disconnect: blocked before its first await")],
        new(1, 2, 1, 0));

    public static StatusReport Degraded { get; } = new(
        GatewayState.Degraded, "0.1.0", 4711, 0.2, ["Adapter 'tg-main' is waiting for its reconnect."], "http://127.0.0.1:8780",
        [
            new("web", "WebChat", "connected", null, 1, Now.AddHours(-2), Now.AddSeconds(-3), Now.AddSeconds(-2), [], null),
            new("tg-main", "Telegram", "waiting", "connect did not finish within 30 s", 7, Now.AddMinutes(-4), Now.AddMinutes(-20), null,
                [new("send", 6, Now.AddSeconds(-41), AbandonedCallStage.Entered),
                    new("disconnect", 6, Now.AddSeconds(-11), AbandonedCallStage.Awaiting)],
                new(3, Now.AddSeconds(4))) { Account = new("4711", "gateway_bot") },
        ],
        new(new(120, 117, 1, 2, 4, 0, 3, 0), new(118, 115, 1, 0, 2, 0, 0), true),
        Shutdown);
}
