using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Receiver of updates by webhook. Telegram delivers every update again, in order, that is not answered with 200.</summary>
internal sealed class WebhookReceiver(string secret, UpdateIntake intake)
{
    public const string SecretHeader = "X-Telegram-Bot-Api-Secret-Token";

    private readonly byte[] _secret = SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    public async Task<HttpReply> TakeAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (call.Method != "POST") return HttpReply.Empty(405);
        if (!call.Headers.TryGetValue(SecretHeader, out var shown)
            || !CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(shown)), _secret))
            return HttpReply.Empty(401);
        JsonElement update;
        try
        {
            update = JsonElement.Parse(call.Body.Span, new JsonDocumentOptions { MaxDepth = 512 });
        }
        catch (JsonException)
        {
            return HttpReply.Empty(400);
        }

        return await intake.OfferAsync(update, cancellationToken) switch
        {
            null => HttpReply.Empty(400),
            { Acknowledge: true } => HttpReply.Empty(200),
            _ => HttpReply.Empty(503) with { Headers = new Dictionary<string, string> { ["Retry-After"] = "1" } },
        };
    }
}
