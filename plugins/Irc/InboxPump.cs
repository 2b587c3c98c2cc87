using System.Threading.Channels;

namespace PluginGateway.Plugins.Irc;

/// <summary>Carries messages into the gateway in their order, beside the reader: a slow disk must not keep us from answering a PING.</summary>
internal sealed class InboxPump(AdapterContext context)
{
    private const int MostWaiting = 1000;
    private static readonly TimeSpan FullPause = TimeSpan.FromSeconds(1);

    private readonly Channel<InboundMessage> _waiting = Channel.CreateBounded<InboundMessage>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private long _lost;

    /// <summary>Messages the gateway would not take. IRC does not keep them.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    public void Add(InboundMessage message)
    {
        if (!_waiting.Writer.TryWrite(message)) Lose($"{MostWaiting} messages are waiting to be accepted");
    }

    /// <summary>Nothing more comes: <see cref="RunAsync"/> ends when the rest has been handed over.</summary>
    public void Complete() => _waiting.Writer.TryComplete();

    /// <summary>Hands over until there is nothing more, or nobody wants it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var message in _waiting.Reader.ReadAllAsync(cancellationToken))
        {
            var answer = await context.Inbox.AcceptAsync(message, cancellationToken);
            while (answer is { Kind: AcceptanceKind.Refused, Reason: "full" })
            {
                await Task.Delay(FullPause, context.Clock, cancellationToken);
                answer = await context.Inbox.AcceptAsync(message, cancellationToken);
            }

            if (answer.Kind == AcceptanceKind.Retired) return;
            if (answer.Kind == AcceptanceKind.Refused) Lose(answer.Reason ?? "refused");
        }
    }

    private void Lose(string why) => context.Log.Warning($"A message was not accepted ({why}); IRC does not keep it. {Interlocked.Increment(ref _lost)} so far on this connection.");
}
