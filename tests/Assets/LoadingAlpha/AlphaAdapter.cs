using LoadingAlpha;
using PluginGateway;

[assembly: ChannelAdapter(
    "alpha", typeof(AlphaAdapter), MaxTextLength = 4096, MaxCaption = 1024, ClientSplitLength = 4000,
    TextUnit = TextUnit.CodePoints, ConcurrentSends = 3, AccountMessagesPerSecond = 30,
    ChatMessagesPerSecond = 0.5, Inbound = InboundClass.CursorPolled, Idempotency = Idempotency.Native, CredentialSettings = ["token", "account"],
    GroupMessagesPerMinute = 20, AccountEditsPerSecond = 5, ChatEditsPerSecond = 0.25, MaxEdits = 9, EditWindowSeconds = 900, ButtonIdBytes = 64,
    SenderIdsProve = false, PathPrefix = "/alpha", MaxAttachments = 2, MaxAttachmentBytes = 5_000_000_000, MaxButtons = 6, MaxButtonLabel = 20,
    Features = MessageFeatures.Location | MessageFeatures.LinkPreview | MessageFeatures.Tickets, Extras = ["one", "two"], PrivateDelivery = PrivateDelivery.Native)]

namespace LoadingAlpha;

/// <summary>What adapters of one vendor share: the inspector must look through it.</summary>
public abstract class AlphaBase : IShowTyping
{
    public Task ShowTypingAsync(TypingIndication indication, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>A healthy adapter on version one of the library; its sends say so, and count in a static.</summary>
public sealed class AlphaAdapter(AdapterContext host) : AlphaBase, IChannelAdapter, IEditMessages
{
    private static int _sends;

    public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken) =>
        Task.FromResult(ConnectionInfo.Empty);

    public Task RunAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken) =>
        Task.FromResult(SendResult.Sent($"{host.AdapterId}: {LoadingLibrary.Greeting.Text()} #{Interlocked.Increment(ref _sends)}"));

    public Task<SendResult> EditAsync(MessageEdit edit, CancellationToken cancellationToken) => Task.FromResult(SendResult.Sent("edited"));

    public Task DisconnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task DisposeAsync() => Task.CompletedTask;
}
