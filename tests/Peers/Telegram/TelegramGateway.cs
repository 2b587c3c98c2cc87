using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PluginGateway.PeerTests.Servers.Telegram;

namespace PluginGateway.PeerTests.Telegram;

/// <summary>A gateway with one Telegram adapter, called <c>tg</c>, beside the chat page; its Bot API is the fake.</summary>
internal static class TelegramGateway
{
    public const string Token = "4711:AAsecretsecretsecretsecretsecret_x";

    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };

    public static GatewayProcess Start(TempFolder folder, BotServer server, Action<JsonObject>? change = null, int? port = null, JsonObject? outbox = null)
    {
        var gateway = GatewayProcess.StartReady(folder, Configuration(server, change, outbox), port);
        gateway.AwaitTelegram("connected");
        return gateway;
    }

    public static string Configuration(BotServer server, Action<JsonObject>? change = null, JsonObject? outbox = null)
    {
        var settings = new JsonObject { ["token"] = Token, ["apiUrl"] = server.Address, ["pollSeconds"] = 2, ["answerSeconds"] = 15 };
        change?.Invoke(settings);
        var adapter = new JsonObject { ["id"] = "tg", ["plugin"] = "Telegram", ["allow"] = new JsonObject { ["users"] = new JsonArray("*") }, ["settings"] = settings };
        if (outbox is not null) adapter["outbox"] = outbox;
        return new JsonObject
        {
            ["gateway"] = new JsonObject { ["reconnect"] = new JsonObject { ["capSeconds"] = 2 }, ["timeouts"] = new JsonObject { ["loadSeconds"] = 60, ["connectSeconds"] = 60 } },
            ["adapters"] = new JsonArray(adapter, new JsonObject { ["id"] = "web", ["plugin"] = "WebChat" }),
        }.ToJsonString();
    }

    /// <summary>What the gateway says of itself over HTTP, which costs no process; null while it does not answer.</summary>
    public static Status? Ask(this GatewayProcess gateway)
    {
        try
        {
            return new Status(0, JsonDocument.Parse(Http.GetStringAsync(new Uri(gateway.Address, "/status")).GetAwaiter().GetResult()).RootElement);
        }
        catch (Exception failed) when (failed is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>The adapter's state; null while the gateway does not answer, or does not know it yet.</summary>
    public static string? TelegramState(this GatewayProcess gateway) =>
        gateway.Ask()?.Json.GetProperty("adapters").EnumerateArray().Where(static adapter => adapter.GetProperty("id").GetString() == "tg").Select(static adapter => adapter.GetProperty("state").GetString()).FirstOrDefault();

    public static void AwaitTelegram(this GatewayProcess gateway, string state) =>
        Bound.Until(() => gateway.TelegramState() == state, Bound.Start, () => $"it is not {state}. The gateway said:\n{gateway.Said}");

    public static string Digits(long number) => number.ToString(CultureInfo.InvariantCulture);
}
