namespace PluginGateway.Guard;

/// <summary>Turn that is told why its token is cancelled.</summary>
internal interface ICancellableTurn
{
    /// <summary>Notes the reason for which the token is about to be cancelled; the first stays. Any thread; never blocks.</summary>
    void OnCancelling(TurnCancelReason reason);
}

/// <summary>Turn of the host that takes files of a worker.</summary>
internal interface IHostTurn
{
    /// <summary>Queues a reply as <see cref="Turn.ReplyAsync(Reply, CancellationToken)"/> does.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="takeFiles">Moves the reply's files to their paths, on the thread that copies them, and returns the reason of a failure; null:
    /// they are where the paths say.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    Task<MessageTarget> ReplyAsync(Reply reply, Func<string?>? takeFiles, CancellationToken cancellationToken);
}
