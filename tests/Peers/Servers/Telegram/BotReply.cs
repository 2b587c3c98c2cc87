using System.Text.Json.Nodes;

namespace PluginGateway.PeerTests.Servers.Telegram;

/// <summary>What the fake answers: the Bot API's envelope, or whatever a test wants a client to bear.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The body as it goes out.</param>
internal sealed record BotReply(int Status, string Body)
{
    /// <summary>How long the answer is held back.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>The header <c>Retry-After</c>; null: none.</summary>
    public string? RetryAfter { get; init; }

    /// <summary>True: the connection is cut after half of the body.</summary>
    public bool IsCut { get; init; }

    /// <summary>True: what the request asks for is done first, and then this is answered.</summary>
    public bool AfterTheDeed { get; init; }

    public static BotReply Ok(JsonNode? result) => new(200, new JsonObject { ["ok"] = true, ["result"] = result?.DeepClone() }.ToJsonString());

    public static BotReply Fail(int code, string description, JsonObject? parameters = null)
    {
        var body = new JsonObject { ["ok"] = false, ["error_code"] = code, ["description"] = description };
        if (parameters is not null) body["parameters"] = parameters;
        return new BotReply(code, body.ToJsonString());
    }

    public static BotReply Bad(string description) => Fail(400, $"Bad Request: {description}");

    public static BotReply TooMany(int seconds) =>
        Fail(429, $"Too Many Requests: retry after {seconds}", new JsonObject { ["retry_after"] = seconds });

    public static BotReply Html(int status) => new(status, $"<html><body><h1>{status}</h1></body></html>");
}
