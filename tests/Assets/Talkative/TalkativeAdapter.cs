using System.Text;
using System.Text.Json;
using PluginGateway;
using Talkative;

[assembly: ChannelAdapter("talkative", typeof(TalkativeAdapter))]

namespace Talkative;

/// <summary>Tells its secrets in whatever it says, as an HTTP client does that puts the address into its exceptions. The setting <c>way</c> says
/// where.</summary>
public sealed class TalkativeAdapter : IChannelAdapter, IValidateSettings
{
    private readonly AdapterContext _host;
    private readonly JsonElement _settings;
    private readonly string _way;

    public TalkativeAdapter(AdapterContext host)
    {
        _host = host;
        _settings = JsonElement.Parse(host.Settings.Json);
        _way = Setting("way");
        if (_way == "construct") throw new InvalidOperationException($"no constructor for {Secrets()}");
        if (_way == "long") host.Log.Write(PluginLogLevel.Warning, new string('m', 10_000), new IOException("the disk is gone"));
        if (_way == "log") host.Log.Write(PluginLogLevel.Warning, $"logged {Secrets()}");
    }

    public Task<SettingsReport> ValidateSettingsAsync(CancellationToken cancellationToken) =>
        Task.FromResult(_way == "validate" ? new SettingsReport([new SettingsProblem("token", $"is refused: {Secrets()}")]) : SettingsReport.Good);

    public async Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (_way == "connect") await LoginAsync();
        if (_way == "fault") throw new PluginException(new PluginFault("refused", $"the platform refused {Secrets()}"));
        return _way == "account" ? new ConnectionInfo { AccountName = Secrets() } : ConnectionInfo.Empty;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (_way == "health") _host.ReportHealth(new AdapterHealth(false, $"slow: {Secrets()}"));
        if (_way == "fatal") _host.ReportFatal(new PluginFault("lost", $"lost {Secrets()}"));
        if (_way == "thread") new Thread(FallOver).Start();
        if (_way == "send")
            await _host.Inbox.AcceptAsync(new InboundMessage("1", new Chat("a", ChatKind.Direct), new Sender("a"), "hello"), cancellationToken);
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken) => Task.FromResult(SendResult.NotSent(
        new SendError(SendErrorKind.Forbidden, SendRetry.Never, $"no sending with {Secrets()}")
        {
            PlatformCode = Setting("token"),
            Hint = $"look at {Setting("token")}"
        }));

    public Task DisconnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task DisposeAsync() => Task.CompletedTask;

    private static void FallOver() => throw new IOException("nobody catches this");

    private async Task LoginAsync()
    {
        await Task.Yield();
        try
        {
            throw new IOException($"the socket broke after {Secrets()}");
        }
        catch (IOException broken)
        {
            throw new InvalidOperationException($"the login failed: {Secrets()}", broken);
        }
    }

    private string Secrets()
    {
        var token = Setting("token");
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"bot:{token}"));
        return $"https://x/bot{token}/getMe?t={Uri.EscapeDataString(token)} Basic {basic} pin {_settings.GetProperty("password").GetRawText()} {Setting("key")} {new string('.', 380)} {token}";
    }

    private string Setting(string name) => _settings.GetProperty(name).GetString()!;
}
