using System.Text.Json.Nodes;

namespace PluginGateway.PaperAdapters;

/// <summary>Paper adapter: it maps recorded payloads of a platform to the contract and the calls of the host to requests of the platform, without a
/// network. Between two calls it keeps nothing but what the host keeps for it (<see cref="AdapterContext.State"/>).</summary>
internal abstract class PaperAdapter(AdapterContext host, RecordedPlatform platform) : IChannelAdapter
{
    protected AdapterContext Host => host;

    protected RecordedPlatform Platform => platform;

    public abstract Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken);

    public Task RunAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);

    public abstract Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken);

    /// <summary>Takes one payload of the platform.</summary>
    /// <returns>The acknowledgement that the platform gets, an HTTP body for example; null: none.</returns>
    public abstract Task<string?> ReceiveAsync(string payload, CancellationToken cancellationToken);

    protected Task<Acceptance> AcceptAsync(InboundEvent received, CancellationToken cancellationToken) =>
        host.Inbox.AcceptAsync(received, cancellationToken);

    protected JsonNode Ask(string method, string address, JsonNode body) => JsonNode.Parse(platform.Ask(method, address, body.ToJsonString()))!;
}

/// <summary>Members of JSON by path.</summary>
internal static class JsonPath
{
    /// <summary>Returns the node at a path of names; null where there is none.</summary>
    public static JsonNode? At(this JsonNode? node, string path) =>
        path.Split('.').Aggregate(node, static (at, name) =>
            at is JsonArray list && int.TryParse(name, out var index) ? list.ElementAtOrDefault(index)
            : at is JsonObject o && o.TryGetPropertyValue(name, out var value) ? value : null);

    public static string? Text(this JsonNode? node, string path) => node.At(path) is JsonValue value ? value.ToString() : null;

    public static IEnumerable<JsonNode> List(this JsonNode? node, string path) => node.At(path) is JsonArray list ? list.OfType<JsonNode>() : [];
}
