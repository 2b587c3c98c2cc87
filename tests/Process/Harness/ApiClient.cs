using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace PluginGateway.ProcessTests.Harness;

/// <summary>The interface for programs.</summary>
internal sealed class ApiClient(Uri gateway) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = gateway, Timeout = TimeSpan.FromSeconds(30) };

    public async Task<(HttpStatusCode Status, JsonElement Json)> PostAsync(object message, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/messages")
        {
            Content = new StringContent(JsonSerializer.Serialize(message), Encoding.UTF8, "application/json")
        };
        return await SendAsync(request, token);
    }

    public async Task<(HttpStatusCode Status, JsonElement Json)> GetAsync(string path, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await SendAsync(request, token);
    }

    /// <summary>A request with a body of JSON, or with none.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Json)> SendAsync(HttpMethod method, string path, object? body, string? token = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        return await SendAsync(request, token);
    }

    /// <summary>Uploads a file.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Json)> UploadAsync(string content, string? token = null)
    {
        using var request =
            new HttpRequestMessage(HttpMethod.Post, "/api/attachments") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(content)) };
        return await SendAsync(request, token);
    }

    public async Task<HttpResponseMessage> DownloadAsync(string path, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await _http.SendAsync(request);
    }

    public Task<string> TextAsync(string path) => _http.GetStringAsync(new Uri(path, UriKind.Relative));

    /// <summary>Waits until a message has this state.</summary>
    public void WaitFor(string idOrKey, string state)
    {
        JsonElement last = default;
        Bound.Until(
            () => (last = GetAsync($"/api/messages/{idOrKey}").GetAwaiter().GetResult().Json).TryGetProperty("state", out var now)
                && now.GetString() == state, Bound.Replies, () => last.ToString());
    }

    public void Dispose() => _http.Dispose();

    private async Task<(HttpStatusCode Status, JsonElement Json)> SendAsync(HttpRequestMessage request, string? token)
    {
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.StartsWith('{') ? JsonDocument.Parse(text).RootElement : default);
    }
}
