namespace PluginGateway;

[AttributeUsage(AttributeTargets.Assembly)]
public sealed class ChannelAdapterAttribute(string platform, Type adapterType) : Attribute
{
    public string Platform { get; } = platform;

    public Type AdapterType { get; } = adapterType;
}

public interface IChannelAdapter
{
    Task ConnectAsync(ConnectContext context, CancellationToken cancellationToken);

    Task RunAsync(CancellationToken cancellationToken);

    Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken);

    Task DisconnectAsync(CancellationToken cancellationToken);

    Task DisposeAsync();
}

public abstract class AdapterContext
{
    public abstract string AdapterId { get; }
}

public sealed record ConnectContext;

public sealed record OutboundMessage(string Key);

public sealed record SendResult(string Id);
