using System.Globalization;
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

    public static string Configuration(int port, Action<JsonObject>? change = null, string handler = "Echo", string allow = """{ "users": ["*"] }""")
    {
        var settings = new JsonObject
        {
            ["server"] = "127.0.0.1",
            ["port"] = port,
            ["tls"] = false,
            ["nick"] = Nick,
            ["channels"] = new JsonArray("#test"),
            ["rejoinSeconds"] = 1
        };
        change?.Invoke(settings);
        return $$"""
            {
              "gateway": { "pluginPaths": ["more"], "reconnect": { "capSeconds": 2 } },
              "handler": { "plugin": "{{handler}}" },
              "adapters": [ { "id": "irc", "plugin": "Irc", "allow": {{allow}}, "settings": {{settings.ToJsonString()}} }, { "id": "web", "plugin": "WebChat" } ]
            }
            """;
    }

    public static string? State(this GatewayProcess gateway) => gateway.StateOf("irc");

    public static void AwaitState(this GatewayProcess gateway, string state) => gateway.AwaitState(state, "irc");

    /// <summary>Why the adapter is in its state.</summary>
    public static string Reason(this GatewayProcess gateway) =>
        gateway.Ask()?.Find("irc") is { } adapter ? adapter.GetProperty("reason").GetString() ?? "" : "";

    /// <summary>Everything was answered, the books balance, and it stops as planned.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="accepted">The number of accepted messages and events.</param>
    /// <param name="unanswered">The number of events among them that have no answer: removals of the bot.</param>
    public static void EndWell(this GatewayProcess gateway, int accepted, int unanswered = 0)
    {
        var status = gateway.AwaitIdle(accepted);
        status.AssertBalances();
        Assert.Equal(accepted, status.Inbound("accepted"));
        Assert.Equal(accepted - unanswered, status.Outbound("delivered"));
        Assert.Equal(0, gateway.Stop());
    }

    /// <summary>Waits until `status` knows of messages: right after a start, on a busy machine, it may not.</summary>
    public static void AwaitAnswer(this GatewayProcess gateway) =>
        Bound.Until(() => gateway.Status().HasMessages, Bound.Command, () => $"`status` knows nothing of messages:\n{gateway.Said}");
}
