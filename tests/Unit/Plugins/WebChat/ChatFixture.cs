using System.Text;
using System.Text.Json;
using PluginGateway.Plugins.WebChat;
using PluginGateway.Testing;

namespace PluginGateway.Tests.Plugins.WebChat;

/// <summary>A folder and one generation of the adapter after another in it.</summary>
internal sealed class ChatFixture : IAsyncDisposable
{
    private readonly List<WebChatAdapter> _adapters = [];
    private int _generation;

    public string Folder { get; } = Directory.CreateTempSubdirectory("webchat").FullName;

    public FakeAdapterContext Context { get; private set; } = null!;

    public WebChatAdapter Adapter => _adapters[^1];

    /// <summary>Names of the files of messages, each with its group and its id.</summary>
    public string[] Attached => [.. Directory.GetFiles(Path.Combine(Folder, "files")).Select(static path => Path.GetFileName(path)).Order()];

    public string[] Files => [.. Directory.GetFiles(Folder).Select(path => Path.GetFileName(path)).Order()];

    public long Bytes => Directory.GetFiles(Folder).Sum(path => new FileInfo(path).Length);

    public async Task<WebChatAdapter> ConnectAsync(string settings = "{}")
    {
        Context = new FakeAdapterContext(settings, "web", ++_generation, dataDirectory: Folder);
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
        Adapter.SendAsync(new OutboundMessage(key, ChatOf(conversation), text), default);

    public Task<SendResult> EditAsync(string conversation, string id, string text) =>
        Adapter.EditAsync(new MessageEdit("edit", new MessageRef(ChatOf(conversation), id), text), default);

    public Task<SendResult> DeleteAsync(string conversation, string id) =>
        Adapter.DeleteAsync(new MessageDeletion("deletion", new MessageRef(ChatOf(conversation), id)), default);

    public Task<SendResult> ReactAsync(string conversation, string id, string? emoji) =>
        Adapter.ReactAsync(new ReactionUpdate("reaction", new MessageRef(ChatOf(conversation), id), emoji), default);

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

    public Task<HttpReply> PostAsync(string json, string contentType = "application/json", string path = "/messages") =>
        Adapter.HandleAsync(new HttpCall("POST", path, Encoding.UTF8.GetBytes(json))
        {
            Headers = new Dictionary<string, string> { ["content-type"] = contentType }
        }, default);

    /// <summary>Messages of the history, as JSON.</summary>
    public async Task<JsonElement[]> MessagesAsync(string conversation) =>
        [.. Json(await GetAsync("/history", conversation)).GetProperty("messages").EnumerateArray()];

    public async Task<string[]> HistoryAsync(string conversation) =>
        [.. (await MessagesAsync(conversation))
            .Select(static message => $"{message.GetProperty("from")}:{message.GetProperty("id")}:{message.GetProperty("text")}")];

    public async Task<string[]> StreamAsync(string conversation, string? after = null, string? lastEventId = null) =>
        [.. (await GetAsync("/events", conversation, after, lastEventId)).First.Select(first => first.Id!)];

    /// <summary>Writes a file to send and names it.</summary>
    public OutboundAttachment FileToSend(string name, byte[] content, string? contentType = null, AttachmentKind kind = AttachmentKind.File)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(Folder, "outgoing")).FullName, Guid.NewGuid().ToString("N"));
        File.WriteAllBytes(path, content);
        return new OutboundAttachment(path, kind) { Name = name, ContentType = contentType };
    }

    public Task<SendResult> SendFilesAsync(string conversation, string key, params OutboundAttachment[] files) =>
        Adapter.SendAsync(new OutboundMessage(key, ChatOf(conversation), "look") { Attachments = files }, default);

    /// <summary>Uploads a file as a visitor.</summary>
    public Task<HttpReply> UploadAsync(string conversation, string name, byte[] content, string contentType = "application/octet-stream") =>
        Adapter.HandleAsync(new HttpCall("POST", "/files", content)
        {
            Query = new Dictionary<string, string> { ["conversation"] = conversation, ["name"] = name },
            Headers = new Dictionary<string, string> { ["Content-Type"] = contentType },
        }, default);

    public static Chat ChatOf(string conversation) => new(conversation, ChatKind.Direct);

    /// <summary>Reactions to a message of the history.</summary>
    public static string[] Reactions(JsonElement message) => message.TryGetProperty("reactions", out var reactions)
        ? [.. reactions.EnumerateArray().Select(static one => $"{one.GetProperty("emoji")} of {one.GetProperty("from")}")]
        : [];

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
