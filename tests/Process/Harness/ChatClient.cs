using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>HTTP client of the chat page.</summary>
internal sealed class ChatClient(Uri gateway, TimeSpan? timeout = null) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = gateway, Timeout = timeout ?? TimeSpan.FromSeconds(30) };

    /// <summary>Posts a message and expects the word that it is durably accepted.</summary>
    public async Task SendAsync(string conversation, string id, string text) =>
        Assert.Equal(HttpStatusCode.Accepted, await PostAsync(conversation, id, text));

    /// <summary>Posts a message; null when the gateway is gone before it answered.</summary>
    public async Task<HttpStatusCode?> PostAsync(string conversation, string id, string text)
    {
        try
        {
            using var body = Body(conversation, id, text);
            using var response = await _http.PostAsync(new Uri("/chat/messages", UriKind.Relative), body);
            return response.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Sends a request of any shape to the chat endpoint.</summary>
    public async Task<HttpStatusCode> PostAsync(HttpContent body, Action<HttpRequestHeaders>? headers = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/chat/messages") { Content = body };
        headers?.Invoke(request.Headers);
        using var response = await _http.SendAsync(request);
        return response.StatusCode;
    }

    public ChatStream Listen(string conversation) => new(gateway, conversation);

    public static StringContent Body(string conversation, string id, string text) =>
        new(JsonSerializer.Serialize(new { conversation, id, text }), Encoding.UTF8, "application/json");

    public void Dispose() => _http.Dispose();
}
