namespace PluginGateway.Store.Verbs;

/// <summary>A row of the inbox for the operator: all columns but the text.</summary>
internal sealed record InboxEntry(
    long Id, string Adapter, string Conversation, InboxState State, int Attempt, DateTimeOffset AcceptedUtc, DateTimeOffset? EndedUtc,
    string? Reason, string? EventId);

/// <summary>A row of the inbox with its payload, and the ids of its replies. <paramref name="Payload"/>: the stored JSON.</summary>
internal sealed record InboxEntryContent(InboxEntry Entry, byte[] Payload, IReadOnlyList<long> Replies);

/// <summary>Filter of a list of outbox rows, newest first.</summary>
internal sealed record OutboxQuery(IReadOnlyList<OutboxState> States, string? Adapter, int Limit);

/// <summary>Filter of a list of inbox rows, newest first.</summary>
internal sealed record InboxQuery(IReadOnlyList<InboxState> States, string? Adapter, int Limit);

/// <summary>Result for one row that the operator named. <paramref name="Found"/>: the state it was in; null when there is no such row.</summary>
/// <param name="Id">The row.</param>
/// <param name="Found">The state it was in.</param>
/// <param name="IsDone">True when that state allows the operation.</param>
/// <param name="Row">The row for the dispatcher, which delivers or answers the message again.</param>
internal sealed record RowChange<TState, TRow>(long Id, TState? Found, bool IsDone, TRow? Row = null)
    where TState : struct, Enum
    where TRow : class;

/// <summary>Result for a portion of rows. <paramref name="Last"/>: the mark after which the next portion begins; null when there is none.</summary>
internal sealed record RowChanges<TState, TRow>(IReadOnlyList<RowChange<TState, TRow>> Changes, ParkedMark? Last)
    where TState : struct, Enum
    where TRow : class;
