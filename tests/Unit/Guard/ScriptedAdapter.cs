namespace PluginGateway.Tests.Guard;

/// <summary>An adapter that does in each member what the test says.</summary>
internal sealed class ScriptedAdapter : IChannelAdapter
{
    public Func<CancellationToken, Task?> OnConnect { get; init; } = static _ => Task.CompletedTask;

    public Func<CancellationToken, Task?> OnRun { get; init; } = static token => Task.Delay(Timeout.Infinite, token);

    public Func<OutboundMessage, CancellationToken, Task<SendResult>?> OnSend { get; init; } =
        static (message, _) => Task.FromResult(SendResult.Sent(message.Key));

    public Func<CancellationToken, Task?> OnDisconnect { get; init; } = static _ => Task.CompletedTask;

    public Func<Task?> OnDispose { get; init; } = static () => Task.CompletedTask;

    /// <summary>What a connect returns that succeeds.</summary>
    public ConnectionInfo? Connection { get; init; } = ConnectionInfo.Empty;

    /// <summary>What it was told when it was last to connect.</summary>
    public ConnectContext? Context { get; private set; }

    public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken)
    {
        Context = context;
        return OnConnect(cancellationToken) is { } connecting ? ConnectedAsync(connecting) : null!;
    }

    public Task RunAsync(CancellationToken cancellationToken) => OnRun(cancellationToken)!;

    public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken) => OnSend(message, cancellationToken)!;

    public Task DisconnectAsync(CancellationToken cancellationToken) => OnDisconnect(cancellationToken)!;

    public Task DisposeAsync() => OnDispose()!;

    private async Task<ConnectionInfo> ConnectedAsync(Task connecting)
    {
        await connecting.ConfigureAwait(false);
        return Connection!;
    }
}
