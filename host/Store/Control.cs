namespace PluginGateway.Store;

/// <summary>Control word that an event is.</summary>
/// <param name="Stops">True: what is open in the session is settled.</param>
/// <param name="Begins">True: a new session begins, without memory.</param>
/// <param name="HandlerId">The handler whose memory is deleted then.</param>
/// <param name="Chat">The key of the chat, to which the answer is owed.</param>
/// <param name="Answer">Returns the payload of the answer.</param>
internal sealed record ControlEntry(bool Stops, bool Begins, string HandlerId, string Chat, Func<ControlResult, byte[]> Answer);

/// <summary>Result of a <see cref="ControlEntry"/>, or of a stop by the operator.</summary>
/// <param name="Session">The session.</param>
/// <param name="Stopped">Messages of the inbox that were settled.</param>
internal sealed record ControlResult(string Session, IReadOnlyList<long> Stopped)
{
    /// <summary>Messages of the outbox that were withdrawn.</summary>
    public IReadOnlyList<long> Withdrawn { get; init; } = [];

    /// <summary>Time since the oldest message of a running turn was accepted; null: no turn runs. As before a stop.</summary>
    public TimeSpan? RunningFor { get; init; }

    /// <summary>Messages that wait for a turn.</summary>
    public long Waiting { get; init; }

    /// <summary>The answer that is owed; null: none.</summary>
    public OutboxRow? Owed { get; init; }
}
