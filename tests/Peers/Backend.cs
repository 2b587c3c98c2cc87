using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PluginGateway.PeerTests;

/// <summary>A backend behind the Webhook handler, which a test plays: it takes the turns one by one and answers when it likes.</summary>
internal sealed class Backend : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly string _address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}/");

    public Backend()
    {
        _listener.Prefixes.Add(_address);
        _listener.Start();
    }

    /// <summary>The handler of a configuration.</summary>
    public JsonObject Handler =>
        new() { ["plugin"] = "Webhook", ["settings"] = new JsonObject { ["url"] = _address, ["secret"] = "a-secret-of-the-tests" } };

    /// <summary>The next turn, which stays open until it is answered.</summary>
    public async Task<BackendTurn> NextAsync()
    {
        var call = await _listener.GetContextAsync().WaitAsync(Bound.Replies);
        return new BackendTurn(call.Response, (await JsonDocument.ParseAsync(call.Request.InputStream)).RootElement);
    }

    public void Dispose() => ((IDisposable)_listener).Dispose();
}

/// <summary>One turn as the backend sees it.</summary>
internal sealed record BackendTurn(HttpListenerResponse Response, JsonElement Json)
{
    public string Token => Of("token");

    public string Of(string name) => Json.GetProperty(name).GetString()!;

    public IEnumerable<string> Capabilities => Json.GetProperty("capabilities").EnumerateArray().Select(static one => one.GetString()!);

    /// <summary>Where the bytes of what hangs on it are.</summary>
    public string Url(int attachment) => Json.GetProperty("attachments")[attachment].GetProperty("url").GetString()!;

    public void Answer(params object[] replies)
    {
        Response.OutputStream.Write(JsonSerializer.SerializeToUtf8Bytes(new { replies }));
        Response.Close();
    }
}
