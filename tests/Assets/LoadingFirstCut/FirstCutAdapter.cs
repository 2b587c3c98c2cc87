using LoadingFirstCut;
using PluginGateway;

[assembly: ChannelAdapter("first-cut", typeof(FirstCutAdapter))]

namespace LoadingFirstCut;

/// <summary>An adapter that would work.</summary>
public sealed class FirstCutAdapter(AdapterContext host) : IChannelAdapter
{
    public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken) =>
        Task.FromResult(new ConnectionInfo { AccountName = host.AdapterId });

    public Task RunAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);

    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken) => Task.FromResult(SendResult.Sent(message.Key));
}
