namespace PluginGateway.Store.Verbs;

/// <summary>Where a row of the outbox stands; the numbers are the database's.</summary>
internal enum OutboxState
{
    Pending = 0,
    Sending = 1,
    Delivered = 2,
    Rejected = 3,
    Parked = 4,
}

/// <summary>Where a row of the inbox stands; the numbers are the database's.</summary>
internal enum InboxState
{
    Pending = 0,
    Running = 1,
    Handled = 2,
    Parked = 3,
}

/// <summary>A row of the outbox as an operator sees it: everything but the text.</summary>
internal sealed record OutboxEntry(
    long Id, string Adapter, string Chat, OutboxState State, int Attempt, DateTimeOffset OwedUtc, DateTimeOffset DueUtc, DateTimeOffset? EndedUtc, string? Error, long Turn);

/// <summary>A row of the inbox as an operator sees it: everything but the text.</summary>
internal sealed record InboxEntry(
    long Id, string Adapter, string Conversation, InboxState State, int Attempt, DateTimeOffset AcceptedUtc, DateTimeOffset? EndedUtc, string? Reason, string? EventId);

/// <summary>A row of the outbox with what it says. <paramref name="Payload"/>: the stored JSON.</summary>
internal sealed record OutboxEntryContent(OutboxEntry Entry, string Key, int DeliveredLength, string? MessageId, byte[] Payload)
{
    public OwedKind Kind { get; init; }

    /// <summary>The message of ours that it is about.</summary>
    public long? Target { get; init; }
}

/// <summary>A row of the inbox with what it says, and the replies it was given. <paramref name="Payload"/>: the stored JSON.</summary>
internal sealed record InboxEntryContent(InboxEntry Entry, byte[] Payload, IReadOnlyList<long> Replies);

/// <summary>Which rows of the outbox to list, newest first.</summary>
internal sealed record OutboxQuery(IReadOnlyList<OutboxState> States, string? Adapter, int Limit);

/// <summary>Which rows of the inbox to list, newest first.</summary>
internal sealed record InboxQuery(IReadOnlyList<InboxState> States, string? Adapter, int Limit);

/// <summary>What became of a row that the operator named. <paramref name="Found"/>: the state it was in; null: there is no such row.</summary>
/// <param name="Id">The row.</param>
/// <param name="Found">The state it was in.</param>
/// <param name="IsDone">Whether that state allows what was asked.</param>
/// <param name="Row">What the dispatcher must know: the message is to be delivered, or answered, again.</param>
internal sealed record RowChange<TState, TRow>(long Id, TState? Found, bool IsDone, TRow? Row = null)
    where TState : struct, Enum
    where TRow : class;

/// <summary>What became of a portion of them. <paramref name="Last"/>: where the next one begins; null: there is none.</summary>
internal sealed record RowChanges<TState, TRow>(IReadOnlyList<RowChange<TState, TRow>> Touched, ParkedMark? Last)
    where TState : struct, Enum
    where TRow : class;
