using System.Text.Json;
using PluginGateway.Dispatch;
using PluginGateway.Store;
using PluginGateway.Threads;

namespace PluginGateway.Lifetime;

/// <summary>Lists, shows and changes messages for the operator, while the gateway runs (then the dispatcher hears of it) and while it is down.
/// Waits for the store a moment at most.</summary>
internal sealed class LetterDesk(MessageStore store, Dispatcher? dispatcher, TimeSpan patience)
{
    /// <summary>Most rows of one request: what it writes is one transaction, between those of the messages.</summary>
    public const int MostAtOnce = 500;

    /// <summary>What a running gateway may take on its control thread.</summary>
    public static TimeSpan Moment { get; } = TimeSpan.FromMilliseconds(400);

    public Told<OutboxLine[]> ListOutbox(OutboxQuery query) =>
        Reading(store.Read(patience, db => LetterShelf.Outbox(db, query)), static found => found.Select(Line).ToArray());

    public Told<InboxLine[]> ListInbox(InboxQuery query) =>
        Reading(store.Read(patience, db => LetterShelf.Inbox(db, query)), static found => found.Select(Line).ToArray());

    public Told<OutboxContent> ShowOutbox(long id) =>
        Reading(store.Read(patience, db => LetterShelf.OpenOutbox(db, id)), static letter => Content(letter!),
            $"There is no message {id} in the outbox; see: plugin-gateway outbox list");

    public Told<InboxContent> ShowInbox(long id) =>
        Reading(store.Read(patience, db => LetterShelf.OpenInbox(db, id)), static letter => Content(letter!),
            $"There is no message {id} in the inbox; see: plugin-gateway inbox list");

    public Told<LetterCount> CountOutbox(ParkedFilter filter) =>
        Reading(store.Read(patience, db => new LetterCount(ParkedLetters.CountOutbox(db, filter), filter.Until)), static count => count);

    public Told<LetterCount> CountInbox(ParkedFilter filter) =>
        Reading(store.Read(patience, db => new LetterCount(ParkedLetters.CountInbox(db, filter), filter.Until)), static count => count);

    public Told<LetterChanges> Resend(IReadOnlyList<long> ids, DateTimeOffset now) => Writing<Answer<IReadOnlyList<Touched<OutboxState, OutboxRow>>>>(
        done => store.Resend(ids, answer => done(Resumed(answer, answer.Value))),
        answer => Changes(answer.Failure, answer.Value, [], now, Resending));

    public Told<LetterChanges> ResendParked(ParkedFilter filter) => Writing<Answer<TouchedPortion<OutboxState, OutboxRow>>>(
        done => store.ResendParked(filter, MostAtOnce, answer => done(Resumed(answer, answer.Value?.Touched))), answer => Changes(answer, filter));

    public Told<LetterChanges> MarkSent(IReadOnlyList<long> ids, DateTimeOffset now) =>
        Writing<Answer<IReadOnlyList<Touched<OutboxState, OutboxRow>>>>(
        done => store.MarkSent(ids, done), answer => Changes(answer.Failure, answer.Value, [], now, "only a parked message can be marked as sent"));

    public Told<LetterChanges> Drop(IReadOnlyList<long> ids, DateTimeOffset now) =>
        Writing<(IReadOnlyList<long> BeingSent, Answer<IReadOnlyList<Touched<OutboxState, OutboxRow>>> Answer)>(
        done =>
        {
            if (dispatcher is null) store.Drop(ids, answer => done(([], answer)));
            else dispatcher.Drop(ids, (beingSent, answer) => done((beingSent, answer)));
        },
        dropped => Changes(dropped.Answer.Failure, dropped.Answer.Value, dropped.BeingSent, now, "only a parked or pending message can be dropped"));

    public Told<LetterChanges> DropParked(ParkedFilter filter) => Writing<Answer<TouchedPortion<OutboxState, OutboxRow>>>(
        done => store.DropParked(filter, MostAtOnce, done), answer => Changes(answer, filter));

    public Told<LetterChanges> Rerun(IReadOnlyList<long> ids, DateTimeOffset now) => Writing<Answer<IReadOnlyList<Touched<InboxState, InboxRow>>>>(
        done => store.Rerun(ids, answer => done(Resumed(answer, answer.Value))),
        answer => Changes(answer.Failure, answer.Value, [], now, "only a parked message can be run again"));

    public Told<LetterChanges> RerunParked(ParkedFilter filter) => Writing<Answer<TouchedPortion<InboxState, InboxRow>>>(
        done => store.RerunParked(filter, MostAtOnce, answer => done(Resumed(answer, answer.Value?.Touched))), answer => Changes(answer, filter));

    public Told<LetterChanges> DropInbox(IReadOnlyList<long> ids, DateTimeOffset now) =>
        Writing<Answer<IReadOnlyList<Touched<InboxState, InboxRow>>>>(
        done => store.DropInbox(ids, done),
        answer => Changes(answer.Failure, answer.Value, [], now,
            "only a parked message can be dropped; one that waits or runs is stopped by 'adapter disable', or answered"));

    public Told<LetterChanges> DropParkedInbox(ParkedFilter filter) => Writing<Answer<TouchedPortion<InboxState, InboxRow>>>(
        done => store.DropParkedInbox(filter, MostAtOnce, done), answer => Changes(answer, filter));

    private const string Resending = "only a parked, rejected or pending message can be sent again";

    private T Resumed<T>(T answer, IReadOnlyList<Touched<OutboxState, OutboxRow>>? touched)
    {
        if (touched is not null) dispatcher?.Resume([.. touched.Select(static one => one.Row).OfType<OutboxRow>()]);
        return answer;
    }

    private T Resumed<T>(T answer, IReadOnlyList<Touched<InboxState, InboxRow>>? touched)
    {
        if (touched is not null) dispatcher?.Resume([.. touched.Select(static one => one.Row).OfType<InboxRow>()]);
        return answer;
    }

    private static Told<LetterChanges> Changes<TState, TRow>(Answer<TouchedPortion<TState, TRow>> answer, ParkedFilter filter)
        where TState : struct, Enum
        where TRow : class
    {
        var told = Changes(answer.Failure, answer.Value?.Touched, [], filter.Until, "");
        return told.Answer is { } changes && answer.Value is { Last: { } last }
            ? told with { Answer = changes with { More = true, After = LetterRequests.Text(last) } } : told;
    }

    private static Told<LetterChanges> Changes<TState, TRow>(
        StoreFailure? failure, IReadOnlyList<Touched<TState, TRow>>? touched, IReadOnlyList<long> beingSent, DateTimeOffset asOf, string allowed)
        where TState : struct, Enum
        where TRow : class
    {
        if (failure is not null) return new(null, $"The store cannot write: {failure.Message} Nothing was changed.");
        var refused = touched!.Where(static one => !one.IsDone).Select(one => new LetterRefusal(
                one.Id, one.Found is { } found ? $"it is {Word(found)}; {allowed}"
                    : $"there is no such message; see: plugin-gateway {(typeof(TState) == typeof(OutboxState) ? "outbox" : "inbox")} list"))
            .Concat(beingSent.Select(static id => new LetterRefusal(id, "it is being sent at this moment; try again when that has ended")));
        return new(new LetterChanges([.. touched!.Where(static one => one.IsDone).Select(static one => one.Id)],
            [.. refused.OrderBy(static one => one.Id)], false, asOf), null);
    }

    private Told<LetterChanges> Writing<T>(Action<Action<T>> ask, Func<T, Told<LetterChanges>> read)
    {
        var gate = new object();
        var (answered, answer) = (false, default(T));
        ask(given =>
        {
            using (Held.On(gate))
            {
                (answered, answer) = (true, given);
                Monitor.Pulse(gate);
            }
        });
        using (Held.On(gate))
        {
            return Held.WaitUntil(gate, () => answered, patience)
                ? read(answer!)
                : new(null, $"The store has not answered within {patience.TotalSeconds:0.#} s. The change is queued and may still be made: "
                    + "look with 'show' before you ask again.");
        }
    }

    private static Told<TReport> Reading<T, TReport>(Answer<T> answer, Func<T, TReport> report, string otherwise = "")
        where TReport : class
    {
        if (answer.Failure is { } failure) return new(null, $"The store cannot be read: {failure.Message}");
        return answer.Value is { } value ? new(report(value), null) : new(null, otherwise);
    }

    private static string Word<TState>(TState state)
        where TState : struct, Enum => state.ToString().ToLowerInvariant();

    private static OutboxLine Line(OutboxLetter l) =>
        new(l.Id, l.Adapter, l.Chat, Word(l.State), l.Attempt, l.OwedUtc, l.DueUtc, l.EndedUtc, l.Error, l.Turn);

    private static InboxLine Line(InboxLetter l) =>
        new(l.Id, l.Adapter, l.Conversation, Word(l.State), l.Attempt, l.AcceptedUtc, l.EndedUtc, l.Reason, l.EventId);

    private static OutboxContent Content(OpenedOutboxLetter opened)
    {
        var message = Readable(opened.Payload, Payloads.ReadOutbound);
        return new(Line(opened.Letter), opened.Key, opened.DeliveredLength, MessageIds.Last(opened.MessageId), message?.Emoji ?? message?.FullText,
            [.. (message?.Files ?? []).Select(static file => file.Name ?? file.Path)])
        {
            Kind = opened.Kind.ToString().ToLowerInvariant(),
            About = opened.Target,
        };
    }

    private static InboxContent Content(OpenedInboxLetter opened)
    {
        var message = Readable(opened.Payload, Payloads.ReadInbound);
        var sender = message is null ? null : message.Sender.Name is { } name ? $"{name} ({message.Sender.Id})" : message.Sender.Id;
        return new(Line(opened.Letter), sender, message?.Text,
            [.. (message?.Attachments ?? []).Select(static file => file.Name ?? file.Reference)], opened.Replies);
    }

    private static T? Readable<T>(byte[] payload, Func<byte[], T> read)
        where T : class
    {
        try
        {
            return read(payload);
        }
        catch (Exception problem) when (problem is JsonException or ArgumentException)
        {
            return null;
        }
    }
}

/// <summary>An answer for the operator, or a sentence why there is none.</summary>
internal readonly record struct Told<T>(T? Answer, string? Refusal)
    where T : class;
