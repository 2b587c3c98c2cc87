namespace PluginGateway.Testing;

/// <summary>Message of a handler that answers no turn.</summary>
/// <param name="AdapterId">Id of the adapter.</param>
/// <param name="Chat">Chat.</param>
/// <param name="Reply">Message.</param>
/// <param name="Key">Idempotency key.</param>
public sealed record QueuedMessage(string AdapterId, Chat Chat, Reply Reply, string Key);

/// <summary>Outbox of a handler in memory, with the keys of <see cref="IHandlerOutbox"/>. Any thread.</summary>
public class FakeHandlerOutbox : IHandlerOutbox
{
    private readonly List<QueuedMessage> _sent = [];

    /// <summary>Copy of the queued messages, in their order, each once.</summary>
    public IReadOnlyList<QueuedMessage> Sent
    {
        get
        {
            lock (_sent) return [.. _sent];
        }
    }

    /// <summary>Exception of the next calls, for example <see cref="RetryLaterException"/>; null: none.</summary>
    public Exception? Failure { get; set; }

    /// <inheritdoc/>
    public virtual Task<MessageTarget> SendAsync(string adapterId, Chat chat, Reply reply, string key, CancellationToken cancellationToken)
    {
        if (Failure is { } failure) return Task.FromException<MessageTarget>(failure);
        ArgumentException.ThrowIfNullOrEmpty(adapterId);
        ArgumentNullException.ThrowIfNull(chat);
        ArgumentNullException.ThrowIfNull(reply);
        ArgumentNullException.ThrowIfNull(key);
        if (key.Length is 0 or > 64 || key.Any(static c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or ':' or '-')) || IsLikeId(key))
            throw new ArgumentException($"The key '{key}' is malformed: 1 to 64 of A-Z a-z 0-9 . _ : -, and not like an id (m1, i1).", nameof(key));
        lock (_sent)
        {
            var place = _sent.FindIndex(sent => sent.Key == key);
            if (place < 0)
            {
                place = _sent.Count;
                _sent.Add(new QueuedMessage(adapterId, chat, reply, key));
            }
            else if (_sent[place] is var before && (before.AdapterId != adapterId || before.Chat != chat || before.Reply.Text != reply.Text))
            {
                throw new InvalidOperationException($"The key '{key}' belongs to another message.");
            }

            return Task.FromResult(MessageTarget.Owed($"m{place + 1}"));
        }
    }

    private static bool IsLikeId(string key) => key.Length > 1 && key[0] is 'm' or 'i' && key.Skip(1).All(char.IsAsciiDigit);
}
