namespace PluginGateway.Guard;

/// <summary>Turn that is told why its token is cancelled.</summary>
internal interface ICancellableTurn
{
    /// <summary>Notes the reason for which the token is about to be cancelled; the first stays. Any thread; never blocks.</summary>
    void OnCancelling(TurnCancelReason reason);
}

/// <summary>Turn of the host as a worker's side uses it.</summary>
internal interface IHostTurn
{
    /// <summary>Sizes of the memory of the session at the begin of the turn.</summary>
    SessionMemory Memory { get; }

    /// <summary>Queues a reply as <see cref="Turn.ReplyAsync(Reply, CancellationToken)"/> does.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="takeFiles">Moves the reply's files to their paths, on the thread that copies them, and returns the reason of a failure; null:
    /// they are where the paths say.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    Task<MessageTarget> ReplyAsync(Reply reply, Func<string?>? takeFiles, CancellationToken cancellationToken);

    /// <summary>Ends the turn as <see cref="Turn.FinishAsync"/> does.</summary>
    /// <param name="last">The last reply; null: none.</param>
    /// <param name="takeFiles">As for <see cref="ReplyAsync"/>.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    Task<MessageTarget?> FinishAsync(Reply? last, Func<string?>? takeFiles, CancellationToken cancellationToken);

    /// <summary>Replaces the changes of the state by those that a worker has made. Ignored when the turn has ended.</summary>
    /// <param name="changes">Values by their keys; null: removed.</param>
    /// <exception cref="ArgumentException">A key or value is over its limit.</exception>
    /// <exception cref="InvalidOperationException">They are over another limit.</exception>
    void TakeState(IReadOnlyDictionary<string, string?> changes);
}
