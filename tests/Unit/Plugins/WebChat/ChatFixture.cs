using System.Text;
using System.Text.Json;
using PluginGateway.Plugins.WebChat;

namespace PluginGateway.Tests.Plugins.WebChat;

/// <summary>A folder and one generation of the adapter after another in it.</summary>
internal sealed class ChatFixture : IAsyncDisposable
{
    private readonly List<WebChatAdapter> _adapters = [];
    private int _generation;

    public string Folder { get; } = Directory.CreateTempSubdirectory("webchat").FullName;

    public FakeAdapterContext Context { get; private set; } = null!;

    public WebChatAdapter Adapter => _adapters[^1];

    public string[] Files => [.. Directory.GetFiles(Folder).Select(path => Path.GetFileName(path)).Order()];

    public long Bytes => Directory.GetFiles(Folder).Sum(path => new FileInfo(path).Length);

    public async Task<WebChatAdapter> ConnectAsync(string settings = "{}")
    {
        Context = new FakeAdapterContext(Folder, ++_generation, settings);
        var adapter = new WebChatAdapter(Context);
        _adapters.Add(adapter);
        await adapter.ConnectAsync(new ConnectContext(1, _generation > 1, "start"), default);
        return adapter;
    }

    /// <summary>Closes the newest generation and connects the next.</summary>
    public async Task<WebChatAdapter> ReconnectAsync(string settings = "{}")
    {
        await Adapter.DisconnectAsync(default);
        await Adapter.DisposeAsync();
        return await ConnectAsync(settings);
    }

    public Task<SendResult> ReplyAsync(string conversation, string key, string text = "hello") =>
        Adapter.SendAsync(new OutboundMessage(key, new Chat(conversation, ChatKind.Direct), text), default);

    public Task<HttpReply> GetAsync(string path, string? conversation = null, string? after = null, string? lastEventId = null, string? header = null)
    {
        var query = new Dictionary<string, string>();
        if (conversation is not null) query["conversation"] = conversation;
        if (after is not null) query["after"] = after;
        var headers = new Dictionary<string, string>();
        if (header is not null) headers["Chat-Conversation"] = header;
        if (lastEventId is not null) headers["Last-Event-ID"] = lastEventId;
        return Adapter.HandleAsync(new HttpCall("GET", path, default) { Query = query, Headers = headers }, default);
    }

    public Task<HttpReply> PostAsync(string json, string contentType = "application/json") =>
        Adapter.HandleAsync(new HttpCall("POST", "/messages", Encoding.UTF8.GetBytes(json))
        {
            Headers = new Dictionary<string, string> { ["content-type"] = contentType }
        }, default);

    public async Task<string[]> HistoryAsync(string conversation)
    {
        var history = Json(await GetAsync("/history", conversation));
        return [.. history.GetProperty("messages").EnumerateArray()
            .Select(message => $"{message.GetProperty("from")}:{message.GetProperty("id")}:{message.GetProperty("text")}")];
    }

    public async Task<string[]> StreamAsync(string conversation, string? after = null, string? lastEventId = null) =>
        [.. (await GetAsync("/events", conversation, after, lastEventId)).First.Select(first => first.Id!)];

    public static JsonElement Json(HttpReply reply)
    {
        using var document = JsonDocument.Parse(reply.Body);
        return document.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var adapter in _adapters) await adapter.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
