using PluginGateway.Store;

namespace PluginGateway.Dispatch;

/// <summary>One attempt at answering one message, as the handler sees it. A reply is owed durably when its task completes; nothing is taken once the turn is over.</summary>
internal sealed class HostTurn(MessageStore store, InboxRow row, InboundMessage message, int attempt, ReplyTokens tokens, Action<OutboxRow> owed) : Turn
{
    private readonly object _gate = new();
    private int _nextOrdinal;
    private bool _isOver;

    /// <summary>What became of its replies.</summary>
    public ReplyLedger Replies { get; } = new();

    public override string Id => $"{store.DatabaseId}.{row.Id}";

    public override string ReplyToken => tokens.For(row.Id, AdapterId, Message.Chat);

    public override InboundMessage Message { get; } = message;

    public override string AdapterId => row.AdapterId;

    public override string Conversation => row.Conversation;

    public override int Attempt { get; } = attempt;

    public override Task ReplyAsync(Reply reply, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reply);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled(cancellationToken);
        var payload = Payloads.Write(Message.Chat, Mend(reply));
        var pledge = new Pledge<bool>(cancellationToken);
        lock (_gate)
        {
            if (_isOver) return Task.FromException(Over());
            // Queued under the lock: the end of the turn is written after every reply that was taken.
            var entry = new OwedReply(row.Id, _nextOrdinal++, AdapterId, ConversationKey.OfChat(AdapterId, Message.Chat), payload);
            store.OweReply(entry, Replies, answer => Conclude(pledge, answer));
        }

        return pledge.Task;
    }

    /// <summary>The turn is over, whatever the handler still does.</summary>
    public void Close()
    {
        lock (_gate) _isOver = true;
    }

    private void Conclude(Pledge<bool> pledge, Answer<Owing> answer)
    {
        if (!answer.IsDurable)
        {
            pledge.Break(new IOException($"The reply could not be stored: {answer.Failure!.Message} The turn will run again."));
        }
        else if (answer.Value.IsTurnOver)
        {
            pledge.Break(Over());
        }
        else
        {
            if (answer.Value.Row is { } fresh) owed(fresh);
            pledge.Keep(true);
        }
    }

    private InvalidOperationException Over() => new($"The turn in conversation '{Conversation}' is over; the reply is not sent.");

    private static Reply Mend(Reply reply)
    {
        var text = TextRepair.Repair(reply.Text);
        return ReferenceEquals(text, reply.Text) ? reply : new Reply(text) { Format = reply.Format, ReplyTo = reply.ReplyTo, Attachments = reply.Attachments };
    }
}
