using System.Globalization;
using System.Text.Json.Nodes;
using PluginGateway.PeerTests.Servers.Telegram;

namespace PluginGateway.PeerTests.Telegram;

/// <summary>A gateway with one Telegram adapter, called <c>tg</c>, beside the chat page; its Bot API is the fake.</summary>
internal static class TelegramGateway
{
    public const string Token = "4711:AAsecretsecretsecretsecretsecret_x";

    public static GatewayProcess Start(
        TempFolder folder, BotServer server, Action<JsonObject>? change = null, int? port = null, JsonObject? outbox = null,
        JsonObject? handler = null, string? groups = null)
    {
        var gateway = GatewayProcess.StartReady(folder, Configuration(server, change, outbox, handler, groups), port);
        gateway.AwaitTelegram("connected");
        return gateway;
    }

    public static string Configuration(
        BotServer server, Action<JsonObject>? change = null, JsonObject? outbox = null, JsonObject? handler = null, string? groups = null)
    {
        var settings = new JsonObject { ["token"] = Token, ["apiUrl"] = server.Address, ["pollSeconds"] = 2, ["answerSeconds"] = 15 };
        change?.Invoke(settings);
        var adapter = new JsonObject
        {
            ["id"] = "tg",
            ["plugin"] = "Telegram",
            ["allow"] = new JsonObject { ["users"] = new JsonArray("*") },
            ["settings"] = settings
        };
        if (groups is not null) (adapter["allow"]!["groups"], adapter["allow"]!["chats"]) = (groups, new JsonArray("*"));
        if (outbox is not null) adapter["outbox"] = outbox;
        return new JsonObject
        {
            ["gateway"] = new JsonObject
            {
                ["reconnect"] = new JsonObject { ["capSeconds"] = 2 },
                ["timeouts"] = new JsonObject { ["loadSeconds"] = 60, ["connectSeconds"] = 60 }
            },
            ["handler"] = handler ?? new JsonObject { ["plugin"] = "Echo" },
            ["adapters"] = new JsonArray(adapter, new JsonObject { ["id"] = "web", ["plugin"] = "WebChat" }),
        }.ToJsonString();
    }

    public static string? TelegramState(this GatewayProcess gateway) => gateway.StateOf("tg");

    public static void AwaitTelegram(this GatewayProcess gateway, string state) => gateway.AwaitState(state, "tg");

    public static string Digits(long number) => number.ToString(CultureInfo.InvariantCulture);
}
