using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PluginGateway.PeerTests;

/// <summary>A gateway with one IRC adapter, called <c>irc</c>, beside the chat page.</summary>
internal static class IrcGateway
{
    public const string Nick = "gateway";

    /// <summary>The executable, ready, as <c>gateway</c> in <c>#test</c>.</summary>
    public static GatewayProcess Start(TempFolder folder, int port, Action<JsonObject>? change = null, string handler = "Echo")
    {
        if (handler != "Echo") Asset.Place(folder, handler, handler);
        return GatewayProcess.StartReady(folder, Configuration(port, change, handler));
    }

    public static string Configuration(int port, Action<JsonObject>? change = null, string handler = "Echo")
    {
        var settings = new JsonObject { ["server"] = "127.0.0.1", ["port"] = port, ["tls"] = false, ["nick"] = Nick, ["channels"] = new JsonArray("#test"), ["rejoinSeconds"] = 1 };
        change?.Invoke(settings);
        return $$"""
            {
              "gateway": { "pluginPaths": ["more"] },
              "handler": { "plugin": "{{handler}}" },
              "adapters": [ { "id": "irc", "plugin": "Irc", "settings": {{settings.ToJsonString()}} }, { "id": "web", "plugin": "WebChat" } ]
            }
            """;
    }

    public static string State(this GatewayProcess gateway) => gateway.Status().Adapter("irc").GetProperty("state").GetString()!;

    public static void AwaitState(this GatewayProcess gateway, string state) =>
        Bound.Until(() => gateway.State() == state, Bound.Start, () => $"the adapter is not {state} but {gateway.Status().Adapter("irc")}. The gateway said:\n{gateway.Said}");

    /// <summary>Everything was answered, the books balance, and it stops as planned.</summary>
    public static void EndWell(this GatewayProcess gateway, int accepted)
    {
        Bound.Until(() => gateway.Status().IsIdle, Bound.Replies, () => $"something is pending: {gateway.Status().Json}");
        var status = gateway.Status();
        status.AssertBalances();
        Assert.Equal(accepted, status.Inbound("accepted"));
        Assert.Equal(accepted, status.Outbound("delivered"));
        Assert.Equal(0, gateway.Stop());
    }
}
