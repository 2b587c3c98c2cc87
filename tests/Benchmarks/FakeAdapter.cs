namespace PluginGateway.Benchmarks;

/// <summary>An adapter that costs nothing by itself.</summary>
internal sealed class FakeAdapter : IChannelAdapter
{
    public static readonly SendResult Sent = SendResult.Sent("1");

    public static readonly OutboundMessage Message = new("k", new Chat("c", ChatKind.Direct), "text");

    private static readonly Task<SendResult> Done = Task.FromResult(Sent);

    public Func<OutboundMessage, CancellationToken, Task<SendResult>> OnSend { get; init; } = AtOnce;

    /// <summary>What disconnect and dispose do.</summary>
    public Func<Task> OnClose { get; init; } = static () => Task.CompletedTask;

    public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken) =>
        Task.FromResult(ConnectionInfo.Empty);

    public Task RunAsync(CancellationToken cancellationToken) => new TaskCompletionSource().Task;

    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken) => OnSend(message, cancellationToken);

    public Task DisconnectAsync(CancellationToken cancellationToken) => OnClose();

    public Task DisposeAsync() => OnClose();

    /// <summary>A send that completes before it returns.</summary>
    public static Task<SendResult> AtOnce(OutboundMessage message, CancellationToken cancellationToken) => Done;

    /// <summary>A send that awaits, and goes on on the pool.</summary>
    public static async Task<SendResult> AfterAwait(OutboundMessage message, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return Sent;
    }
}
