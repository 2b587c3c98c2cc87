namespace PluginGateway;

/// <summary>Outbox of a handler for messages that answer no turn: reminders, reports, messages to another chat. Any thread; no member
/// blocks.</summary>
public interface IHandlerOutbox
{
    /// <summary>Queues a message. Completes when the message is durable; it is then delivered as a reply is: in the order of its chat, repeated
    /// after failures, also after a restart.</summary>
    /// <param name="adapterId">Id of the adapter: one of <c>mayUse</c> of the handler's entry in the configuration, by default one of the adapters
    /// whose messages this handler answers.</param>
    /// <param name="chat">The chat; <see cref="ChatKind.Unknown"/> where only its id is known.</param>
    /// <param name="reply">The message. Files are copied first. A press of its buttons is an event of the handler that answers the adapter's
    /// messages; a set for <see cref="ButtonAudience.Sender"/> needs <see cref="Reply.VisibleTo"/>.</param>
    /// <param name="key">Idempotency key, among those of this handler: 1 to 64 of <c>A-Z a-z 0-9 . _ : -</c>, and not like an id (<c>m1</c>,
    /// <c>i1</c>). A message that was queued before with the same key and content is not queued again.</param>
    /// <param name="cancellationToken">Cancels the wait; the message may still be queued.</param>
    /// <returns>A task that completes when the message is durable. Its result names the message, for turns of the same chat.</returns>
    /// <remarks>Deadline: none; files have 60 s. Messages without files are queued in the order of the calls, also in a process of its own. A message
    /// counts in the adapter's share of the queue. After the generation has ended nothing is queued.</remarks>
    /// <exception cref="ArgumentException">There is no such adapter, this handler may not use it, the key is malformed, there is nothing to send, the
    /// text has more than 1,048,576 characters, or a file cannot be copied.</exception>
    /// <exception cref="InvalidOperationException">The key belongs to another message, with another target or content, or the generation has
    /// ended.</exception>
    /// <exception cref="NotSupportedException">The message has files and the adapter sends none, or the adapter cannot send what one person alone may
    /// see (<see cref="Reply.VisibleTo"/>).</exception>
    /// <exception cref="RetryLaterException">The adapter has used its share of the queue (<c>gateway.outbox.maxOwed</c>), the message cannot be stored
    /// now, or the message is for one person and the adapter has not been connected yet: send it again later with the same key. A turn that throws it
    /// runs again.</exception>
    Task<MessageTarget> SendAsync(string adapterId, Chat chat, Reply reply, string key, CancellationToken cancellationToken);
}
