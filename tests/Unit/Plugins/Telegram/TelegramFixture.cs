using System.Text.Json;
using System.Text.Json.Nodes;
using PluginGateway.PeerTests.Servers.Telegram;
using PluginGateway.Plugins.Telegram;

namespace PluginGateway.Tests.Plugins.Telegram;

/// <summary>One adapter and, over real HTTP, the fake Bot API with one bot.</summary>
internal sealed class TelegramFixture : AdapterContext, IInbox, IAdapterState, IPluginLog, IAsyncDisposable
{
    public const string Token = "4711:AAsecretsecretsecretsecretsecret_x";
    public const long Ann = 501;
    public const long Group = -4001;

    private readonly CancellationTokenSource _end = new();
    private readonly PluginSettings _settings;

    public TelegramFixture(Action<JsonObject>? change = null)
    {
        Bot = Server.Add(Token);
        var settings = new JsonObject { ["token"] = Token, ["apiUrl"] = Server.Address, ["pollSeconds"] = 1, ["answerSeconds"] = 60 };
        change?.Invoke(settings);
        _settings = PluginSettings.Parse(settings.ToJsonString());
        Adapter = new TelegramAdapter(this);
    }

    public BotServer Server { get; } = new();

    public BotAccount Bot { get; }

    public TelegramAdapter Adapter { get; private set; }

    /// <summary>Messages that were stored.</summary>
    public List<InboundMessage> Accepted { get; } = [];

    /// <summary>Events of every kind that were stored.</summary>
    public List<InboundEvent> Received { get; } = [];

    public Dictionary<string, string> Stored { get; } = [];

    public List<string> Lines { get; } = [];

    public List<PluginFault> Fatal { get; } = [];

    public List<AdapterHealth> Healths { get; } = [];

    /// <summary>What the last connect returned.</summary>
    public ConnectionInfo? Info { get; private set; }

    /// <summary>What becomes of a message; null: it is stored.</summary>
    public Func<InboundEvent, Acceptance?> Answer { get; set; } = static _ => null;

    /// <summary>Everything that the adapter gave to the outside.</summary>
    public string Shown => string.Join(
        '\n', [.. Lines, .. Fatal.Select(static fault => $"{fault.Code}: {fault.Message}"), .. Healths.Select(static health => health.Message)]);

    public override string AdapterId => "tg";

    public override int Generation => 1;

    public override PluginSettings Settings => _settings;

    public override IInbox Inbox => this;

    public override IAdapterState State => this;

    public override IPluginLog Log => this;

    public override TimeProvider Clock => TimeProvider.System;

    public override string PluginDirectory => AppContext.BaseDirectory;

    public override string DataDirectory => AppContext.BaseDirectory;

    /// <summary>Content of an update: Ann brings the bot into the group.</summary>
    public static JsonObject Joined() => new()
    {
        ["date"] = 1_700_000_000,
        ["chat"] = new JsonObject { ["id"] = Group, ["type"] = "group" },
        ["from"] = new JsonObject { ["id"] = Ann, ["first_name"] = "Ann" },
        ["old_chat_member"] = new JsonObject { ["status"] = "left" },
        ["new_chat_member"] = new JsonObject { ["status"] = "member" },
    };

    public async Task<Task> ConnectAsync()
    {
        Info = await Adapter.ConnectAsync(new ConnectContext(1, false, "start"), _end.Token);
        return Task.Run(() => Adapter.RunAsync(_end.Token));
    }

    /// <summary>The fault with which a connection is refused.</summary>
    public async Task<PluginFault> RefusedAsync() => (await Assert.ThrowsAsync<PluginException>(() => ConnectAsync())).Fault;

    /// <summary>The fault with which a connection ends.</summary>
    public static async Task<PluginFault> EndAsync(Task run) =>
        (await Assert.ThrowsAsync<PluginException>(() => run.WaitAsync(TimeSpan.FromSeconds(60)))).Fault;

    /// <summary>A new generation on the same state.</summary>
    public async Task RenewAsync()
    {
        await Adapter.DisposeAsync();
        Adapter = new TelegramAdapter(this);
    }

    public Task<SendResult> SendAsync(string text, long chat = Ann, Func<OutboundMessage, OutboundMessage>? change = null, string? thread = null) =>
        Adapter.SendAsync((change ?? (static message => message))(
            new OutboundMessage("key-1", new Chat($"{chat}", chat > 0 ? ChatKind.Direct : ChatKind.Group, thread), text)), _end.Token);

    public async Task AwaitAsync(Func<bool> condition, string otherwise)
    {
        for (var end = DateTime.UtcNow.AddSeconds(60); !condition(); await Task.Delay(20))
        {
            if (DateTime.UtcNow > end) throw new TimeoutException($"{otherwise}\n{Shown}\n{string.Join(' ', Server.Asked.TakeLast(30))}");
        }
    }

    public override void ReportFatal(PluginFault fault)
    {
        lock (Fatal) Fatal.Add(fault);
    }

    public override void ReportHealth(AdapterHealth health)
    {
        lock (Healths) Healths.Add(health);
    }

    public Task<Acceptance> AcceptAsync(InboundEvent inboundEvent, CancellationToken cancellationToken)
    {
        lock (Accepted)
        {
            var answer = Answer(inboundEvent)
                ?? (Received.Any(before => before.EventId == inboundEvent.EventId) ? Acceptance.Duplicate : Acceptance.Stored);
            if (answer.Kind == AcceptanceKind.Stored) Received.Add(inboundEvent);
            if (answer.Kind == AcceptanceKind.Stored && inboundEvent is InboundMessage message) Accepted.Add(message);
            if (answer.Kind is AcceptanceKind.Stored or AcceptanceKind.Duplicate)
            {
                lock (Stored)
                {
                    foreach (var (key, value) in inboundEvent.State) Stored[key] = value;
                }
            }

            return Task.FromResult(answer);
        }
    }

    public Task<string?> GetAsync(string key, CancellationToken cancellationToken)
    {
        lock (Stored) return Task.FromResult(Stored.GetValueOrDefault(key));
    }

    public Task<bool> SetAsync(string key, string? value, CancellationToken cancellationToken)
    {
        lock (Stored)
        {
            if (value is null) Stored.Remove(key);
            else Stored[key] = value;
            return Task.FromResult(true);
        }
    }

    public void Write(PluginLogLevel level, string message, Exception? exception = null)
    {
        lock (Lines) Lines.Add($"{message} {exception}");
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Adapter.DisposeAsync();
        Server.Dispose();
    }
}
