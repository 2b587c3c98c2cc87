using System.Collections.Concurrent;
using System.Text.Json;
using PluginGateway.FakeFeishu;
using PluginGateway.Plugins.Feishu;

namespace PluginGateway.Tests.Plugins.Feishu;

/// <summary>One adapter and, over real HTTP and a real WebSocket, the fake platform.</summary>
internal sealed class FeishuFixture : AdapterContext, IInbox, IAdapterState, IPluginLog, IAsyncDisposable
{
    private readonly string _more;
    private readonly ConcurrentDictionary<string, string?> _state = [];

    public FeishuFixture(string more = "", bool isStarted = true)
    {
        _more = more;
        if (isStarted) Platform.Start();
        Adapter = new FeishuAdapter(this);
    }

    public FakePlatform Platform { get; } = new();

    public FeishuAdapter Adapter { get; private set; }

    /// <summary>Decides what becomes of a message.</summary>
    public Func<InboundEvent, Task<Acceptance>> Accepts { get; set; } = static _ => Task.FromResult(Acceptance.Stored);

    /// <summary>Messages that were stored.</summary>
    public List<InboundMessage> Accepted { get; } = [];

    /// <summary>Events of every kind that were stored.</summary>
    public List<InboundEvent> Received { get; } = [];

    public List<string> Lines { get; } = [];

    public List<AdapterHealth> Healths { get; } = [];

    public string? WrongSecret { get; set; }

    public override string AdapterId => "feishu";

    public override int Generation => 1;

    public override PluginSettings Settings => PluginSettings.Parse($$"""
        { "baseUrl": "{{Platform.Address.ToString().TrimEnd('/')}}", "appId": "{{Platform.AppId}}", "appSecret": "{{WrongSecret ?? Platform.AppSecret}}",
          "verificationToken": "{{Platform.VerificationToken}}", "encryptKey": "{{Platform.EncryptKey}}"{{_more}} }
        """);

    public override IInbox Inbox => this;

    public override IAdapterState State => this;

    public override IPluginLog Log => this;

    public override TimeProvider Clock => TimeProvider.System;

    public override string PluginDirectory => AppContext.BaseDirectory;

    public override string DataDirectory => AppContext.BaseDirectory;

    public FakeConnection Connection => Assert.Single(Platform.Connections.Values);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What the last connect returned.</summary>
    public ConnectionInfo? Info { get; private set; }

    public async Task<Task> ConnectAsync()
    {
        Info = await Adapter.ConnectAsync(new ConnectContext(1, false, "start"), Token);
        return Adapter.RunAsync(Token);
    }

    public Task<SendResult> SendAsync(
        string text, string chat = "oc_1", string key = "key-1", TextFormat format = TextFormat.Plain, string? thread = null, string? replyTo = null,
        params OutboundAttachment[] files) =>
        Adapter.SendAsync(
            new OutboundMessage(key, new Chat(chat, ChatKind.Group, thread), text) { Format = format, ReplyTo = replyTo, Attachments = files },
            Token);

    /// <summary>The state is lost.</summary>
    public void Forget() => _state.Clear();

    /// <summary>A new generation.</summary>
    public void Renew() => Adapter = new FeishuAdapter(this);

    public static async Task UntilAsync(Func<bool> condition, string otherwise)
    {
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); !condition(); await Task.Delay(10, Token))
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), otherwise);
    }

    public override void ReportFatal(PluginFault fault) => throw new NotSupportedException("Feishu says it in RunAsync.");

    public override void ReportHealth(AdapterHealth health)
    {
        lock (Healths) Healths.Add(health);
    }

    public async Task<Acceptance> AcceptAsync(InboundEvent inboundEvent, CancellationToken cancellationToken)
    {
        var acceptance = await Accepts(inboundEvent);
        lock (Accepted)
        {
            if (acceptance.Acknowledge) Received.Add(inboundEvent);
            if (acceptance.Acknowledge && inboundEvent is InboundMessage message) Accepted.Add(message);
        }

        return acceptance;
    }

    public Task<string?> GetAsync(string key, CancellationToken cancellationToken) => Task.FromResult(_state.GetValueOrDefault(key));

    public Task<bool> SetAsync(string key, string? value, CancellationToken cancellationToken)
    {
        _state[key] = value;
        return Task.FromResult(true);
    }

    public void Write(PluginLogLevel level, string message, Exception? exception = null)
    {
        lock (Lines) Lines.Add($"{message} {exception}");
    }

    public async ValueTask DisposeAsync()
    {
        await Adapter.DisposeAsync();
        Platform.Dispose();
    }
}
