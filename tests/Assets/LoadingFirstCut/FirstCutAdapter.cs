using LoadingFirstCut;
using PluginGateway;

[assembly: ChannelAdapter("first-cut", typeof(FirstCutAdapter))]

namespace LoadingFirstCut;

/// <summary>An adapter for the first cut of the contract.</summary>
public sealed class FirstCutAdapter(AdapterContext host) : IChannelAdapter
{
    public Task ConnectAsync(ConnectContext context, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RunAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);

    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Task.FromResult(new SendResult($"{host.AdapterId} {message.Key}"));
    }

    public Task DisconnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task DisposeAsync() => Task.CompletedTask;
}
