namespace PluginGateway.Guard;

/// <summary>Outbox of the host that takes files of a worker.</summary>
internal interface IHostOutbox : IHandlerOutbox
{
    /// <summary>Queues a message as <see cref="IHandlerOutbox.SendAsync"/> does.</summary>
    /// <param name="adapterId">Id of the adapter.</param>
    /// <param name="chat">The chat.</param>
    /// <param name="reply">The message.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="takeFiles">Moves the message's files to their paths, on the thread that copies them, and returns the reason of a failure; null:
    /// they are where the paths say.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    Task<MessageTarget> SendAsync(
        string adapterId, Chat chat, Reply reply, string key, Func<string?>? takeFiles, CancellationToken cancellationToken);
}
