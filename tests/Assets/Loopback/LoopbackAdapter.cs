using System.Globalization;
using Loopback;
using PluginGateway;

[assembly: ChannelAdapter("loopback", typeof(LoopbackAdapter), ConcurrentSends = 64, Inbound = InboundClass.AckGated,
    Idempotency = Idempotency.Native)]

namespace Loopback;

/// <summary>A platform that costs nothing: whoever gets a reply writes again. As many chats as its setting says begin by themselves.</summary>
public sealed class LoopbackAdapter(AdapterContext host) : IChannelAdapter
{
    private const string Text = "A message as people write them, one sentence long.";

    private readonly string _own = Guid.NewGuid().ToString("N");
    private long _events;
    private volatile bool _closed;

    public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken) =>
        Task.FromResult(ConnectionInfo.Empty);

    public Task RunAsync(CancellationToken cancellationToken)
    {
        var chats = host.Settings.Read(static settings => settings.WholeNumber("chats", 0, int.MaxValue, 0));
        for (var chat = 0; chat < chats; chat++) Write(chat.ToString(CultureInfo.InvariantCulture));
        return Task.Delay(Timeout.Infinite, cancellationToken);
    }

    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        if (message.Text != "only this") Write(message.Chat.Id);
        return Task.FromResult(SendResult.Sent(message.Key));
    }

    public Task DisconnectAsync(CancellationToken cancellationToken)
    {
        _closed = true;
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    private void Write(string chat)
    {
        if (!_closed)
            _ = host.Inbox.AcceptAsync(
                new InboundMessage($"{_own}-{Interlocked.Increment(ref _events)}", new Chat(chat, ChatKind.Direct), new Sender("user"), Text),
                CancellationToken.None);
    }
}
