using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using PluginGateway.Plugins.Irc;

namespace PluginGateway.Tests.Plugins.Irc;

/// <summary>One adapter and, over real TCP, a server that says what the test wants.</summary>
internal sealed class IrcFixture : AdapterContext, IInbox, IAdapterState, IPluginLog, IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Dictionary<string, string> _state = [];
    private readonly JsonElement _settings;
    private readonly AheadClock _clock = new();
    private TcpClient? _client;
    private StreamReader? _reader;
    private Task<string?>? _pending;

    public IrcFixture(string more = "", string nick = "bot")
    {
        _listener.Start();
        _settings = JsonDocument.Parse(
            $$"""{ "server": "127.0.0.1", "port": {{((IPEndPoint)_listener.LocalEndpoint).Port}}, "tls": false, "nick": "{{nick}}"{{more}} }""")
            .RootElement;
        Adapter = new IrcAdapter(this);
    }

    public IrcAdapter Adapter { get; private set; }

    public List<InboundMessage> Accepted { get; } = [];

    /// <summary>What the gateway answers; by default everything is stored.</summary>
    public Func<InboundMessage, Task<Acceptance>> Answer { get; set; } = static _ => Task.FromResult(Acceptance.Stored);

    public List<string> Lines { get; } = [];

    public List<AdapterHealth> Healths { get; } = [];

    public override string AdapterId => "irc";

    public override int Generation => 1;

    public override JsonElement Settings => _settings;

    public override IInbox Inbox => this;

    public override IAdapterState State => this;

    public override IEventTopics Events => throw new NotSupportedException("IRC has no event streams.");

    public override IPluginLog Log => this;

    public override TimeProvider Clock => _clock;

    public override string PluginDirectory => AppContext.BaseDirectory;

    public override string DataDirectory => AppContext.BaseDirectory;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Connects the adapter to a server that lets it in and answers its first PING.</summary>
    public async Task<Task> ConnectAsync(params string[] welcome)
    {
        var connecting = Adapter.ConnectAsync(new ConnectContext(1, false, "start"), Token);
        await AcceptAsync();
        await ExpectAsync("USER");
        await SayAsync(
            [.. welcome.Any(static line => line.Contains(" 001 ", StringComparison.Ordinal)) ? [] : (string[])[":s 001 bot :Welcome"], .. welcome]);
        await AnswerPingAsync();
        await connecting;
        return Adapter.RunAsync(Token);
    }

    public async Task AcceptAsync()
    {
        _client = await _listener.AcceptTcpClientAsync(Token);
        _reader = new StreamReader(_client.GetStream());
    }

    /// <summary>The next line that starts so; what comes before is passed over.</summary>
    public async Task<string> ExpectAsync(string start)
    {
        while (await (_pending ?? _reader!.ReadLineAsync(Token).AsTask()).WaitAsync(TimeSpan.FromSeconds(30), Token) is { } line)
        {
            _pending = null;
            if (line.StartsWith(start, StringComparison.Ordinal)) return line;
        }

        throw new InvalidOperationException($"The adapter hung up instead of saying '{start}'.");
    }

    public async Task AnswerPingAsync(params string[] before)
    {
        var ping = await ExpectAsync("PING ");
        await SayAsync([.. before, $":s PONG s :{ping["PING ".Length..]}"]);
    }

    /// <summary>Bytes as they are: no line end is added.</summary>
    public Task SayBytesAsync(string text) => _client!.GetStream().WriteAsync(System.Text.Encoding.UTF8.GetBytes(text), Token).AsTask();

    public Task SayAsync(params string[] lines) => _client!.GetStream().WriteAsync(LineBytes.Encode(lines), Token).AsTask();

    /// <summary>Lets the time of the adapter's clock run ahead of the real one.</summary>
    public void Advance(TimeSpan by) => _clock.Ahead += by.Ticks;

    /// <summary>All lines that the adapter says until nothing has come for so long.</summary>
    public async Task<IReadOnlyList<string>> DrainAsync(TimeSpan quiet)
    {
        var lines = new List<string>();
        while (true)
        {
            _pending ??= _reader!.ReadLineAsync(Token).AsTask();
            if (await Task.WhenAny(_pending, Task.Delay(quiet, Token)) != _pending) return lines;
            if (await _pending is not { } line) return lines;
            _pending = null;
            lines.Add(line);
        }
    }

    public void HangUp() => _client!.Close();

    public Task<SendResult> SendAsync(string text, string chat = "#test", CancellationToken? cancellationToken = null) =>
        Adapter.SendAsync(new OutboundMessage("key-1", new Chat(chat, ChatKind.Group), text), cancellationToken ?? Token);

    /// <summary>A new generation on the same state.</summary>
    public void Renew() => Adapter = new IrcAdapter(this);

    public override void ReportFatal(PluginFault fault) => throw new NotSupportedException("IRC says it in RunAsync.");

    public override void ReportHealth(AdapterHealth health)
    {
        lock (Healths) Healths.Add(health);
    }

    public Task<Acceptance> AcceptAsync(InboundEvent inboundEvent, CancellationToken cancellationToken)
    {
        var message = Assert.IsType<InboundMessage>(inboundEvent);
        lock (Accepted) Accepted.Add(message);
        return Answer(message);
    }

    public Task<string?> GetAsync(string key, CancellationToken cancellationToken)
    {
        lock (_state) return Task.FromResult(_state.GetValueOrDefault(key));
    }

    public Task<bool> SetAsync(string key, string? value, CancellationToken cancellationToken)
    {
        lock (_state) _state[key] = value!;
        return Task.FromResult(true);
    }

    public void Write(PluginLogLevel level, string message, Exception? exception = null)
    {
        lock (Lines) Lines.Add(message);
    }

    public async ValueTask DisposeAsync()
    {
        await Adapter.DisposeAsync();
        _client?.Dispose();
        _listener.Dispose();
    }
}

/// <summary>The real clock and a bit more. Timers are those of the real one.</summary>
internal sealed class AheadClock : TimeProvider
{
    private long _ahead;

    /// <summary>Ticks by which it is ahead.</summary>
    public long Ahead
    {
        get => Volatile.Read(ref _ahead);
        set => Volatile.Write(ref _ahead, value);
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => System.GetElapsedTime(0).Ticks + Ahead;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Ahead);
}
