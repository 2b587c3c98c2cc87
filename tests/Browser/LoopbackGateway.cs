using System.Collections.Concurrent;
using PluginGateway.Plugins.WebChat;
using PluginGateway.Testing;
using PluginGateway.Tests.Web;
using PluginGateway.Web.Health;

namespace PluginGateway.Tests.Browser;

/// <summary>The real web room and the real chat adapter around an inbox that answers like Echo. Can be stopped and started again at the same
/// address.</summary>
internal sealed class LoopbackGateway : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, int> _accepted = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("webchat-browser").FullName;
    private readonly string _settings;
    private WebServer? _web;
    private WebChatAdapter? _adapter;
    private int _generation;
    private int _port;

    private LoopbackGateway(string settings) => _settings = settings;

    public string BaseUrl => $"http://127.0.0.1:{_port}";

    /// <summary>How often each event id was posted; the inbox stored it once.</summary>
    public IReadOnlyDictionary<string, int> Accepted => _accepted;

    /// <summary>What happens to an answer of the adapter on its way to the page.</summary>
    public Func<HttpCall, HttpReply, HttpReply> OnAnswer { get; set; } = (_, reply) => reply;

    /// <summary>What was accepted, in its order.</summary>
    public List<InboundEvent> Events { get; } = [];

    /// <summary>Reports about replies, in their order.</summary>
    public ConcurrentQueue<DeliveryChanged> Reports { get; } = [];

    /// <summary>False: messages are not answered.</summary>
    public bool Echoes { get; set; } = true;

    /// <summary>What the inbox says instead of storing.</summary>
    public Acceptance? Refusal { get; set; }

    /// <param name="settings">The adapter's settings.</param>
    public static async Task<LoopbackGateway> StartAsync(string settings = "{}")
    {
        var gateway = new LoopbackGateway(settings);
        await gateway.StartAgainAsync();
        return gateway;
    }

    public async Task StartAgainAsync()
    {
        WebChatAdapter? adapter = null;
        _web = await WebServer.StartAsync(new Serve(async call => OnAnswer(call, await adapter!.HandleAsync(call, default))), port: _port);
        _port = new Uri(_web.BaseUrl).Port;
        var context = new FakeAdapterContext(_settings, "web", ++_generation, dataDirectory: _folder, events: _web.Topics.For("web"));
        context.Inbox.Answer = AcceptAsync;
        _adapter = adapter = new WebChatAdapter(context);
        await adapter.ConnectAsync(new ConnectContext(1, _generation > 1, "start"), default);
    }

    /// <summary>Says goodbye, as a planned stop does; the listener still stands.</summary>
    public void AnnounceStop()
    {
        _web!.Health.Publish(new Readiness(true, true, []));
        _web.Topics.Stopping();
    }

    /// <summary>Ends the listener and every connection.</summary>
    public async Task StopAsync()
    {
        if (_web is not null) await _web.DisposeAsync();
        if (_adapter is not null) await _adapter.DisposeAsync();
        (_web, _adapter) = (null, null);
    }

    public Task ReplyAsync(string conversation, string key, string text) =>
        _adapter!.SendAsync(new OutboundMessage(key, new Chat(conversation, ChatKind.Direct), text), default);

    /// <summary>The bot sends buttons with a text.</summary>
    public Task AskAsync(string conversation, string key, string text, IReadOnlyList<OutboundButton> buttons) =>
        _adapter!.SendAsync(new OutboundMessage(key, new Chat(conversation, ChatKind.Direct), text) { Buttons = buttons }, default);

    /// <summary>The bot sends files with a text.</summary>
    public async Task SendFilesAsync(string conversation, string key, string text, params (string Name, byte[] Content)[] files)
    {
        var attachments = files.Select(file =>
        {
            var path = Path.Combine(_folder, "outgoing-" + file.Name);
            File.WriteAllBytes(path, file.Content);
            return new OutboundAttachment(path, AttachmentKind.File) { Name = file.Name };
        });
        var message = new OutboundMessage(key, new Chat(conversation, ChatKind.Direct), text) { Attachments = [.. attachments] };
        Assert.Equal(SendOutcome.Sent, (await _adapter!.SendAsync(message, default)).Outcome);
    }

    /// <summary>The bot answers a message of the conversation.</summary>
    public Task AnswerAsync(string conversation, string key, string text, string replyTo) =>
        _adapter!.SendAsync(new OutboundMessage(key, new Chat(conversation, ChatKind.Direct), text) { ReplyTo = replyTo }, default);

    public Task EditAsync(string conversation, string id, string text) =>
        _adapter!.EditAsync(new MessageEdit("edit", Ref(conversation, id), text), default);

    public Task DeleteAsync(string conversation, string id) =>
        _adapter!.DeleteAsync(new MessageDeletion("deletion", Ref(conversation, id)), default);

    public Task ReactAsync(string conversation, string id, string? emoji) =>
        _adapter!.ReactAsync(new ReactionUpdate("reaction", Ref(conversation, id), emoji), default);

    public Task ShowTypingAsync(string conversation) =>
        _adapter!.ShowTypingAsync(new TypingIndication(new Chat(conversation, ChatKind.Direct)), default);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static MessageRef Ref(string conversation, string id) => new(new Chat(conversation, ChatKind.Direct), id);

    private Task<Acceptance> AcceptAsync(InboundEvent accepted)
    {
        if (Refusal is { } refusal) return Task.FromResult(refusal);
        if (accepted is DeliveryChanged report)
        {
            Reports.Enqueue(report);
            return Task.FromResult(Acceptance.Stored);
        }

        lock (Events) Events.Add(accepted);
        if (_accepted.AddOrUpdate(accepted.EventId!, 1, (_, count) => count + 1) > 1) return Task.FromResult(Acceptance.Duplicate);
        if (accepted is InboundMessage message && Echoes) _ = ReplyAsync(message.Chat.Id, "reply-" + _accepted.Count, message.Text);
        return Task.FromResult(Acceptance.Stored);
    }
}
