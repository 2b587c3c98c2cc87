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

    /// <summary>Posts JSON to a path of the chat.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Json)> PostAsync(string path, object json)
    {
        using var body = new StringContent(JsonSerializer.Serialize(json), Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync(new Uri(path, UriKind.Relative), body);
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }

    /// <summary>Uploads a file of a visitor.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> UploadAsync(string conversation, string name, byte[] content)
    {
        using var body = new ByteArrayContent(content);
        using var response = await _http.PostAsync(
            new Uri($"/chat/files?conversation={Uri.EscapeDataString(conversation)}&name={Uri.EscapeDataString(name)}", UriKind.Relative), body);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString()!;
    }

    /// <summary>A file of a message.</summary>
    public Task<HttpResponseMessage> DownloadAsync(string id) => _http.GetAsync(new Uri($"/chat/files/{id}", UriKind.Relative));

    /// <summary>The history of a conversation.</summary>
    public async Task<JsonElement> HistoryAsync(string conversation) => JsonDocument.Parse(
        await _http.GetStringAsync(new Uri($"/chat/history?conversation={Uri.EscapeDataString(conversation)}", UriKind.Relative))).RootElement;

    /// <summary>Messages of the history, each as its side, its text, and its reactions with their sides.</summary>
    public async Task<string[]> TalkAsync(string conversation) =>
    [
        .. (await HistoryAsync(conversation)).GetProperty("messages").EnumerateArray().Select(static message =>
            $"{message.GetProperty("from")}: {message.GetProperty("text")}{Facts(message)}"),
    ];

    public ChatStream Listen(string conversation) => new(gateway, conversation);

    public static StringContent Body(string conversation, string id, string text) =>
        new(JsonSerializer.Serialize(new { conversation, id, text }), Encoding.UTF8, "application/json");

    public void Dispose() => _http.Dispose();

    private static string Facts(JsonElement message) => string.Concat([
        message.TryGetProperty("edited", out _) ? " (edited)" : "",
        .. List(message, "files").Select(static file => $" <{file.GetProperty("name")}>"),
        .. List(message, "reactions").Select(static reaction => $" [{reaction.GetProperty("emoji")} {reaction.GetProperty("from")}]")]);

    private static IEnumerable<JsonElement> List(JsonElement message, string name) =>
        message.TryGetProperty(name, out var list) ? list.EnumerateArray() : [];
}
