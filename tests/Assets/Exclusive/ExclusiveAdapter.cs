using Exclusive;
using PluginGateway;

[assembly: ChannelAdapter("exclusive", typeof(ExclusiveAdapter), CredentialSettings = ["token", "account"])]

namespace Exclusive;

/// <summary>An adapter whose token and account allow one session each. In its data folder, <c>journal</c> gets a line for whatever is done to it. The setting
/// <c>hangs</c> names the member that
/// never completes: <c>send</c> or <c>disconnect</c>, and with <c>-sync</c> behind it one that never returns.</summary>
public sealed class ExclusiveAdapter : IChannelAdapter
{
    private readonly AdapterContext _host;
    private readonly string _hangs;

    public ExclusiveAdapter(AdapterContext host)
    {
        _host = host;
        _hangs = host.Settings.Read(static settings => (Token: settings.Secret("token"), Account: settings.Text("account", ""), Hangs: settings.Text("hangs", ""))).Hangs;
        Note("create");
    }

    public async Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken)
    {
        await Done("connect");
        return ConnectionInfo.Empty;
    }

    public Task RunAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);

    public async Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        await Done("send", message.Text);
        return SendResult.Sent(message.Key);
    }

    public Task DisconnectAsync(CancellationToken cancellationToken) => Done("disconnect");

    public Task DisposeAsync() => Done("dispose");

    private Task Done(string what, string text = "")
    {
        Note($"{what} {text}".TrimEnd());
        if (_hangs == $"{what}-sync") Thread.Sleep(Timeout.Infinite);
        return _hangs == what ? new TaskCompletionSource().Task : Task.CompletedTask;
    }

    private void Note(string what)
    {
        lock (this) File.AppendAllText(Path.Combine(_host.DataDirectory, "journal"), $"{_host.Generation} {what}\n");
    }
}
