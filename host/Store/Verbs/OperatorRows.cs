namespace PluginGateway.Store.Verbs;

/// <summary>A row of the inbox as an operator sees it: everything but the text.</summary>
internal sealed record InboxEntry(
    long Id, string Adapter, string Conversation, InboxState State, int Attempt, DateTimeOffset AcceptedUtc, DateTimeOffset? EndedUtc, string? Reason, string? EventId);

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
internal sealed record RowChanges<TState, TRow>(IReadOnlyList<RowChange<TState, TRow>> Changes, ParkedMark? Last)
    where TState : struct, Enum
    where TRow : class;
