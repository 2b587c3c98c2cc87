using System.Threading.Channels;

namespace PluginGateway.Plugins.Irc;

/// <summary>Carries messages into the gateway in their order. Many calls are open at once, because the gateway commits messages that arrive together
/// in one transaction. The reader, which adds messages, waits when too many are waiting: then the socket is not read, and the server keeps the
/// rest.</summary>
internal sealed class InboxPump(AdapterContext context)
{
    /// <summary>Messages held in memory: PINGs and PONGs behind them are still read.</summary>
    private const int MostWaiting = 16_384;
    private const int MostOpen = 256;
    private static readonly TimeSpan FullPause = TimeSpan.FromSeconds(1);

    private readonly Channel<InboundMessage> _waiting =
        Channel.CreateBounded<InboundMessage>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly Channel<Handover> _open =
        Channel.CreateBounded<Handover>(new BoundedChannelOptions(MostOpen) { SingleReader = true, SingleWriter = true });
    private volatile TaskCompletionSource _gate = OpenGate();
    private bool _isFull;
    private long _lost;

    /// <summary>Messages the gateway would not take. IRC does not keep them.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>True: all messages read have been handed over.</summary>
    public bool IsIdle => _waiting.Reader.Count == 0 && _open.Reader.Count == 0;

    /// <summary>True: there is no room, and the socket is not read.</summary>
    public bool IsFull => Volatile.Read(ref _isFull);

    /// <summary>Adds a message, when there is room for it.</summary>
    public async ValueTask AddAsync(InboundMessage message, CancellationToken cancellationToken)
    {
        if (_waiting.Writer.TryWrite(message)) return;
        Volatile.Write(ref _isFull, true);
        await _waiting.Writer.WriteAsync(message, cancellationToken);
        Volatile.Write(ref _isFull, false);
    }

    /// <summary>Marks the end of input: <see cref="RunAsync"/> ends when the rest has been handed over.</summary>
    public void Complete() => _waiting.Writer.TryComplete();

    /// <summary>Hands messages over until the last one is taken or the token is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var starting = StartAsync(ended.Token);
        try
        {
            await SettleAsync(ended.Token);
        }
        finally
        {
            await ended.CancelAsync();
            await starting.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>Calls in their order; after a refusal not before everything called earlier has been taken.</summary>
    private async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var message in _waiting.Reader.ReadAllAsync(cancellationToken))
            {
                await _gate.Task.WaitAsync(cancellationToken);
                var call = context.Inbox.AcceptAsync(message, cancellationToken);
                if (call is { IsCompletedSuccessfully: true, Result: var answer } && IsNotNow(answer)) CloseGate();
                await _open.Writer.WriteAsync(new Handover(message, call), cancellationToken);
            }

            _open.Writer.TryComplete();
        }
        catch (Exception failed)
        {
            _open.Writer.TryComplete(failed);
        }
    }

    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        await foreach (var (message, call) in _open.Reader.ReadAllAsync(cancellationToken))
        {
            var answer = await call;
            while (IsNotNow(answer))
            {
                CloseGate();
                await Task.Delay(FullPause, context.Clock, cancellationToken);
                answer = await context.Inbox.AcceptAsync(message, cancellationToken);
            }

            if (answer.Kind == AcceptanceKind.Retired) return;
            if (answer.Kind == AcceptanceKind.Refused) Lose(answer.Reason ?? "refused");
            if (_open.Reader.Count == 0) _gate.TrySetResult();
        }
    }

    private static bool IsNotNow(Acceptance answer) => answer is { Kind: AcceptanceKind.Refused, Reason: "full" };

    private void CloseGate()
    {
        if (_gate.Task.IsCompleted) _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private static TaskCompletionSource OpenGate()
    {
        var gate = new TaskCompletionSource();
        gate.SetResult();
        return gate;
    }

    private void Lose(string why) =>
        context.Log.Warning(
            $"A message was not accepted ({why}); IRC does not keep it. {Interlocked.Increment(ref _lost)} so far on this connection.");

    private readonly record struct Handover(InboundMessage Message, Task<Acceptance> Call);
}
