using LoadingBeta;
using PluginGateway;

[assembly: ChannelAdapter("beta", typeof(BetaAdapter))]
[assembly: MessageHandler("beta-handler", typeof(BetaHandler))]

namespace LoadingBeta;

/// <summary>A healthy adapter on version two of the library.</summary>
public sealed class BetaAdapter(AdapterContext host) : IChannelAdapter
{
    public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken) =>
        Task.FromResult(ConnectionInfo.Empty);

    public Task RunAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken) =>
        Task.FromResult(SendResult.Sent($"{host.AdapterId}: {LoadingLibrary.Greeting.Text(2)}"));

    public Task DisconnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task DisposeAsync() => Task.CompletedTask;
}

/// <summary>A handler in the same plugin.</summary>
public sealed class BetaHandler(HandlerContext context) : IMessageHandler
{
    public Task HandleAsync(Turn turn, CancellationToken cancellationToken) => turn.ReplyAsync(context.PluginDirectory, cancellationToken);
}
