using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PluginGateway.Plugins.Irc;

namespace PluginGateway.Tests.Plugins.Irc;

/// <summary>One adapter and, over real TCP, a server that says what the test wants.</summary>
internal sealed class IrcFixture : AdapterContext, IInbox, IAdapterState, IPluginLog, IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Dictionary<string, string> _state = [];
    private readonly PluginSettings _settings;
    private readonly AheadClock _clock = new();
    private readonly X509Certificate2? _tls;
    private TcpClient? _client;
    private Stream? _stream;
    private StreamReader? _reader;
    private Task<string?>? _pending;

    /// <param name="more">Further settings.</param>
    /// <param name="nick">The nick.</param>
    /// <param name="tls">The certificate of a server with TLS, which wants one of its client too.</param>
    public IrcFixture(string more = "", string nick = "bot", X509Certificate2? tls = null)
    {
        _tls = tls;
        _listener.Start();
        var (port, isSecure) = (((IPEndPoint)_listener.LocalEndpoint).Port, tls is null ? "false" : "true");
        _settings = PluginSettings.Parse(
            $$"""{ "server": "127.0.0.1", "port": {{port}}, "tls": {{isSecure}}, "nick": "{{nick}}"{{more}} }""");
        Adapter = new IrcAdapter(this);
    }

    public IrcAdapter Adapter { get; private set; }

    public List<InboundMessage> Accepted { get; } = [];

    /// <summary>Accepted events that are no messages.</summary>
    public List<InboundEvent> Happened { get; } = [];

    /// <summary>Messages that were handed over as history: the gateway discards them.</summary>
    public List<InboundMessage> History { get; } = [];

    /// <summary>What the gateway answers; by default everything is stored.</summary>
    public Func<InboundMessage, Task<Acceptance>> Answer { get; set; } = static _ => Task.FromResult(Acceptance.Stored);

    public List<string> Lines { get; } = [];

    /// <summary>The SHA-256 of the client's certificate.</summary>
    public string? ClientFingerprint { get; private set; }

    public List<AdapterHealth> Healths { get; } = [];

    /// <summary>What the last connect returned.</summary>
    public ConnectionInfo? Info { get; private set; }

    public override string AdapterId => "irc";

    public override int Generation => 1;

    public override PluginSettings Settings => _settings;

    public override IInbox Inbox => this;

    public override IAdapterState State => this;

    public override IPluginLog Log => this;

    public override TimeProvider Clock => _clock;

    public override string PluginDirectory => AppContext.BaseDirectory;

    public override string DataDirectory => AppContext.BaseDirectory;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Connects the adapter to a server that lets it in and answers its first PING.</summary>
    public Task<Task> ConnectAsync(params string[] welcome) => ConnectWithAsync([], welcome);

    /// <summary>Connects the adapter to a server with capabilities.</summary>
    public async Task<Task> ConnectWithAsync(IReadOnlyList<string> capabilities, params string[] welcome)
    {
        var connecting = Adapter.ConnectAsync(new ConnectContext(1, false, "start"), Token);
        await AcceptAsync();
        await ExpectAsync("USER");
        if (capabilities.Count > 0)
        {
            await SayAsync($":s CAP * LS :{string.Join(' ', capabilities)}");
            await SayAsync($":s CAP * ACK :{(await ExpectAsync("CAP REQ "))["CAP REQ ".Length..].TrimStart(':')}");
            await ExpectAsync("CAP END");
        }

        await SayAsync(
            [.. welcome.Any(static line => line.Contains(" 001 ", StringComparison.Ordinal)) ? [] : (string[])[":s 001 bot :Welcome"], .. welcome]);
        await AnswerPingAsync();
        Info = await connecting;
        return Adapter.RunAsync(Token);
    }

    public async Task AcceptAsync()
    {
        _client = await _listener.AcceptTcpClientAsync(Token);
        _stream = _tls is null ? _client.GetStream() : await SecureAsync(_client.GetStream());
        _reader = new StreamReader(_stream);
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
    public Task SayBytesAsync(string text) => _stream!.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text), Token).AsTask();

    public Task SayAsync(params string[] lines) => _stream!.WriteAsync(LineBytes.Encode(lines), Token).AsTask();

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
        if (inboundEvent is not InboundMessage message)
        {
            lock (Happened) Happened.Add(inboundEvent);
            return Task.FromResult(Acceptance.Stored);
        }

        if (message.IsHistory)
        {
            lock (History) History.Add(message);
            return Task.FromResult(Acceptance.Discarded("history"));
        }

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

    private async Task<Stream> SecureAsync(Stream plain)
    {
        var secure = new SslStream(plain);
        await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = _tls,
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                (ClientFingerprint = certificate?.GetCertHashString(HashAlgorithmName.SHA256)) is not null,
        }, Token);
        return secure;
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
