using PluginGateway.Dispatch;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Control.Verbs;

/// <summary>Lists, shows and changes messages for the operator, while the gateway runs (then with the dispatcher) and while it is down.
/// Waits for the store a moment at most.</summary>
internal sealed class MessageAdmin(MessageStore store, Dispatcher? dispatcher, TimeSpan patience)
{
    /// <summary>Most rows of one request, which is one transaction, between those of the messages.</summary>
    public const int MostAtOnce = 500;

    private readonly PendingAnswers<AdminResult<MessageChanges>> _pending = new();

    /// <summary>Longest wait of a running gateway's control thread.</summary>
    public static TimeSpan Moment { get; } = TimeSpan.FromMilliseconds(400);

    public AdminResult<OutboxLine[]> ListOutbox(OutboxQuery query) =>
        Reading(store.Read(patience, db => OperatorQueries.Outbox(db, query)), static found => found.Select(Line).ToArray());

    public AdminResult<InboxLine[]> ListInbox(InboxQuery query) =>
        Reading(store.Read(patience, db => OperatorQueries.Inbox(db, query)), static found => found.Select(Line).ToArray());

    public AdminResult<OutboxContent> ShowOutbox(long id) =>
        Reading(store.Read(patience, db => OutboxVerbs.Open(db, id)), static content => Content(content!),
            $"There is no message {id} in the outbox; see: plugin-gateway outbox list");

    public AdminResult<InboxContent> ShowInbox(long id) =>
        Reading(store.Read(patience, db => OperatorQueries.OpenInbox(db, id)), static content => Content(content!),
            $"There is no message {id} in the inbox; see: plugin-gateway inbox list");

    public AdminResult<MessageCount> CountOutbox(ParkedFilter filter) =>
        Reading(store.Read(patience, db => new MessageCount(ParkedMessages.CountOutbox(db, filter), filter.Until)), static count => count);

    public AdminResult<MessageCount> CountInbox(ParkedFilter filter) =>
        Reading(store.Read(patience, db => new MessageCount(ParkedMessages.CountInbox(db, filter), filter.Until)), static count => count);

    public AdminResult<MessageChanges> Resend(IReadOnlyList<long> ids, DateTimeOffset now) =>
        Writing<CommandResult<IReadOnlyList<RowChange<OutboxState, OutboxRow>>>>(
        done => store.Resend(ids, commandResult => done(Resumed(commandResult, commandResult.Value))),
        commandResult => Changes(commandResult.Failure, commandResult.Value, [], now, Resending));

    public AdminResult<MessageChanges> ResendParked(ParkedFilter filter) => Writing<CommandResult<RowChanges<OutboxState, OutboxRow>>>(
        done => store.ResendParked(filter, MostAtOnce, commandResult => done(Resumed(commandResult, commandResult.Value?.Changes))),
        commandResult => Changes(commandResult, filter));

    public AdminResult<MessageChanges> MarkSent(IReadOnlyList<long> ids, DateTimeOffset now) =>
        Writing<CommandResult<IReadOnlyList<RowChange<OutboxState, OutboxRow>>>>(
        done => store.MarkSent(ids, done),
        commandResult => Changes(commandResult.Failure, commandResult.Value, [], now, "only a parked message can be marked as sent"));

    public AdminResult<MessageChanges> Drop(IReadOnlyList<long> ids, DateTimeOffset now) =>
        Writing<(IReadOnlyList<long> BeingSent, CommandResult<IReadOnlyList<RowChange<OutboxState, OutboxRow>>> Answer)>(
        done =>
        {
            if (dispatcher is null) store.Drop(ids, commandResult => done(([], commandResult)));
            else dispatcher.Drop(ids, (beingSent, commandResult) => done((beingSent, commandResult)));
        },
        dropped => Changes(dropped.Answer.Failure, dropped.Answer.Value, dropped.BeingSent, now, "only a parked or pending message can be dropped"));

    public AdminResult<MessageChanges> DropParked(ParkedFilter filter) => Writing<CommandResult<RowChanges<OutboxState, OutboxRow>>>(
        done => store.DropParked(filter, MostAtOnce, done), commandResult => Changes(commandResult, filter));

    public AdminResult<MessageChanges> Rerun(IReadOnlyList<long> ids, DateTimeOffset now) =>
        Writing<CommandResult<IReadOnlyList<RowChange<InboxState, InboxRow>>>>(
        done => store.Rerun(ids, commandResult => done(Resumed(commandResult, commandResult.Value))),
        commandResult => Changes(commandResult.Failure, commandResult.Value, [], now, "only a parked or dropped message can be run again"));

    public AdminResult<MessageChanges> RerunParked(ParkedFilter filter) => Writing<CommandResult<RowChanges<InboxState, InboxRow>>>(
        done => store.RerunParked(filter, MostAtOnce, commandResult => done(Resumed(commandResult, commandResult.Value?.Changes))),
        commandResult => Changes(commandResult, filter));

    public AdminResult<MessageChanges> DropInbox(IReadOnlyList<long> ids, DateTimeOffset now) =>
        Writing<CommandResult<IReadOnlyList<RowChange<InboxState, InboxRow>>>>(
        done => store.DropInbox(ids, done),
        commandResult => Changes(commandResult.Failure, commandResult.Value, [], now,
            "only a parked or pending message can be dropped"));

    public AdminResult<MessageChanges> DropParkedInbox(ParkedFilter filter) => Writing<CommandResult<RowChanges<InboxState, InboxRow>>>(
        done => store.DropParkedInbox(filter, MostAtOnce, done), commandResult => Changes(commandResult, filter));

    /// <summary>Outcome of a change that was not made in time. Does not wait.</summary>
    public AdminResult<MessageChanges> Result(long number)
    {
        if (_pending.Fetch(number) is not { } answer)
            return new(null, $"There is no change {number} that the store still has to answer; look with 'list'.");
        return answer.IsReady ? answer.Value : new(null, $"The store has not answered change {number} yet.") { Pending = number };
    }

    private const string Resending = "only a parked, rejected, withdrawn or pending message can be sent again";

    private T Resumed<T>(T answer, IReadOnlyList<RowChange<OutboxState, OutboxRow>>? rowChange)
    {
        if (rowChange is not null) dispatcher?.Resume([.. rowChange.Select(static one => one.Row).OfType<OutboxRow>()]);
        return answer;
    }

    private T Resumed<T>(T answer, IReadOnlyList<RowChange<InboxState, InboxRow>>? rowChange)
    {
        if (rowChange is not null) dispatcher?.Resume([.. rowChange.Select(static one => one.Row).OfType<InboxRow>()]);
        return answer;
    }

    private static AdminResult<MessageChanges> Changes<TState, TRow>(CommandResult<RowChanges<TState, TRow>> commandResult, ParkedFilter filter)
        where TState : struct, Enum
        where TRow : class
    {
        var adminResult = Changes(commandResult.Failure, commandResult.Value?.Changes, [], filter.Until, "");
        return adminResult.Answer is { } changes && commandResult.Value is { Last: { } last }
            ? adminResult with { Answer = changes with { More = true, After = MessageRequests.Text(last) } } : adminResult;
    }

    private static AdminResult<MessageChanges> Changes<TState, TRow>(
        StoreFailure? failure, IReadOnlyList<RowChange<TState, TRow>>? rowChange, IReadOnlyList<long> beingSent, DateTimeOffset asOf, string allowed)
        where TState : struct, Enum
        where TRow : class
    {
        if (failure is not null) return new(null, $"The store cannot write: {failure.Message} Nothing was changed.");
        var refused = rowChange!.Where(static one => !one.IsDone).Select(one => new MessageRefusal(
                one.Id, one.Found is { } found ? $"it is {Word(found)}; {allowed}"
                    : $"there is no such message; see: plugin-gateway {(typeof(TState) == typeof(OutboxState) ? "outbox" : "inbox")} list"))
            .Concat(beingSent.Select(static id => new MessageRefusal(id, "it is being sent at this moment; try again when that has ended")));
        return new(new MessageChanges([.. rowChange!.Where(static one => one.IsDone).Select(static one => one.Id)],
            [.. refused.OrderBy(static one => one.Id)], false, asOf), null);
    }

    private AdminResult<MessageChanges> Writing<T>(Action<Action<T>> ask, Func<T, AdminResult<MessageChanges>> read)
    {
        var answer = _pending.Ask(ask, read, patience);
        if (answer.IsReady) return answer.Value;
        return new(null, $"The store has not answered within {patience.TotalSeconds:0.#} s. "
            + "The change is queued and may still be made: look with 'show' before you ask again.")
        {
            Pending = answer.Number,
        };
    }

    private static AdminResult<TReport> Reading<T, TReport>(CommandResult<T> commandResult, Func<T, TReport> report, string otherwise = "")
        where TReport : class
    {
        if (commandResult.Failure is { } failure) return new(null, $"The store cannot be read: {failure.Message}");
        return commandResult.Value is { } value ? new(report(value), null) : new(null, otherwise);
    }

    private static string Word<TState>(TState state)
        where TState : struct, Enum => state.ToString().ToLowerInvariant();

    private static OutboxLine Line(OutboxRow row) =>
        new(row.Id, row.AdapterId, row.Chat, Word(row.State), row.Attempt, row.Owed, row.Due, row.Ended, row.Error, row.InboxId);

    private static InboxLine Line(InboxEntry l) =>
        new(l.Id, l.Adapter, l.Conversation, Word(l.State), l.Attempt, l.AcceptedUtc, l.EndedUtc, l.Reason, l.EventId);

    private static OutboxContent Content(OutboxRowContent opened)
    {
        var (row, message) = (opened.Row, Payloads.TryRead(opened.Payload, Payloads.ReadOutbound));
        return new(Line(row), row.Key, opened.DeliveredLength, MessageIds.Last(row.MessageIds), message?.Emoji ?? message?.FullText,
            [.. (message?.Files ?? []).Select(static file => file.Name ?? file.Path)])
        {
            Kind = row.Kind.ToString().ToLowerInvariant(),
            About = row.Target,
        };
    }

    private static InboxContent Content(InboxEntryContent opened)
    {
        var received = Payloads.TryRead(opened.Payload, Payloads.ReadInbound);
        var sender = received?.Sender is not { } author ? null : author.Name is { } name ? $"{name} ({author.Id})" : author.Id;
        var content = received as ContentEvent;
        return new(Line(opened.Entry), sender, content?.Text ?? WordsOf(received),
            [.. (content?.Attachments ?? []).Select(static file => file.Name ?? file.Reference)], opened.Replies)
        {
            Kind = received is null ? null : InboundPayload.KindOf(received),
        };
    }

    /// <summary>Returns an event that is no message in words.</summary>
    private static string? WordsOf(InboundEvent? received) => received switch
    {
        MessageDeleted deleted => $"deleted: {string.Join(", ", deleted.MessageIds)}",
        ReactionChanged reaction =>
            $"reactions to {reaction.MessageId}: added {WordsOf(reaction.Added)}; removed {WordsOf(reaction.Removed)}",
        ButtonPressed press => $"pressed: {press.Button?.Label ?? "a button"}",
        MembersChanged members => $"{members.Change}: {string.Join(", ", members.Members.Select(static member => member.Name ?? member.Id))}",
        _ => null,
    };

    private static string WordsOf(IReadOnlyList<ReactionEmoji> emoji) => string.Join(' ', emoji.Select(static one => one.CustomId ?? one.Emoji));
}

/// <summary>An answer for the operator, or a sentence why there is none.</summary>
internal readonly record struct AdminResult<T>(T? Answer, string? Refusal)
    where T : class
{
    /// <summary>Number of a change that the store has not answered yet; null: answered.</summary>
    public long? Pending { get; init; }
}
