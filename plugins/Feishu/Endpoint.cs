using System.Globalization;
using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Rules of the platform for its clients; every pong contains them.</summary>
internal sealed record ClientRules(TimeSpan PingInterval, TimeSpan ReconnectSpread)
{
    public static ClientRules Default { get; } = new(TimeSpan.FromSeconds(120), TimeSpan.FromSeconds(30));

    public static ClientRules Read(JsonElement json) => new(
        Seconds(json, "PingInterval", 1) ?? Default.PingInterval,
        Seconds(json, "ReconnectNonce", 0) ?? Default.ReconnectSpread);

    private static TimeSpan? Seconds(JsonElement json, string name, long least) =>
        json.Number(name) is { } seconds && seconds >= least && seconds <= 3600 ? TimeSpan.FromSeconds(seconds) : null;
}

/// <summary>Address of the long connection.</summary>
/// <param name="Address">The address, which carries a ticket and is therefore a secret.</param>
/// <param name="Service">The number to put into pings.</param>
/// <param name="Rules">The rules of the platform.</param>
internal sealed record Endpoint(Uri Address, int Service, ClientRules Rules)
{
    private const string Path = "/callback/ws/endpoint";

    /// <exception cref="PluginException">The platform refused, or cannot be reached.</exception>
    public static async Task<Endpoint> AskAsync(OpenApi api, FeishuSettings settings, CancellationToken cancellationToken)
    {
        var answer = await api.PostOpenlyAsync(Path, Json.Bytes(json =>
        {
            json.WriteStartObject();
            json.WriteString("AppID", settings.AppId);
            json.WriteString("AppSecret", settings.AppSecret);
            json.WriteEndObject();
        }), cancellationToken);
        if (!answer.IsGood) throw new PluginException(Faults.OfEndpoint(answer));
        return Read(answer.Data) ?? throw new PluginException(Faults.NoAddress(settings));
    }

    private static Endpoint? Read(JsonElement data)
    {
        if (data.String("URL") is not { } url || !Uri.TryCreate(url, UriKind.Absolute, out var address)
            || !FeishuSettings.IsSafe(address, Uri.UriSchemeWss, Uri.UriSchemeWs))
            return null;
        var service = address.Query.TrimStart('?').Split('&')
            .FirstOrDefault(static pair => pair.StartsWith("service_id=", StringComparison.Ordinal))?["service_id=".Length..];
        return int.TryParse(service, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new Endpoint(address, number, ClientRules.Read(data.Get("ClientConfig")))
            : null;
    }
}
