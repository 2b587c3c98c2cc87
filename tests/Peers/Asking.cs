using System.Text.Json;

namespace PluginGateway.PeerTests;

/// <summary>What a gateway says of itself over HTTP, which costs no process.</summary>
internal static class Asking
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };

    /// <summary>Its status; null while it does not answer.</summary>
    public static Status? Ask(this GatewayProcess gateway)
    {
        try
        {
            return new Status(JsonDocument.Parse(Http.GetStringAsync(new Uri(gateway.Address, "/status")).GetAwaiter().GetResult()).RootElement);
        }
        catch (Exception failed) when (failed is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>The state of an adapter; null while the gateway does not answer, or does not know it yet.</summary>
    public static string? StateOf(this GatewayProcess gateway, string id) => gateway.Ask()?.Find(id)?.GetProperty("state").GetString();

    public static void AwaitState(this GatewayProcess gateway, string state, string id) =>
        Bound.Until(() => gateway.StateOf(id) == state, Bound.Start, () => $"{id} is not {state}. The gateway said:\n{gateway.Said}");

    /// <summary>Waits until so many messages have been accepted and nothing is left to handle and to deliver, and gives the status then. Without the
    /// number it may be the status of a moment ago: a gateway that is busy answers with the books as it last saw them.</summary>
    public static Status AwaitIdle(this GatewayProcess gateway, int accepted)
    {
        Status? status = null;
        Bound.Until(() => (status = gateway.Ask()) is { IsIdle: true } && status.Inbound("accepted") >= accepted, Bound.Replies,
            () => $"something is pending: {status?.Json}\n{gateway.Said}");
        return status!;
    }
}
