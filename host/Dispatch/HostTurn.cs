using System.Globalization;
using Microsoft.Extensions.Logging;
using PluginGateway.Store;
using PluginGateway.Threads;

namespace PluginGateway.Dispatch;

/// <summary>One attempt at answering one message, as the handler sees it. What it asks for is owed durably when its task completes; nothing is taken once the turn is over.</summary>
internal sealed class HostTurn(MessageStore store, InboxRow row, InboundMessage message, int attempt, TurnDoors doors, AdapterAbilities abilities, OwedOrdinals owedSoFar, Action<OutboxRow> owed, ILogger log) : Turn
{
    /// <summary>So much a turn that has begun may owe although its adapter has no room left: it could not have begun without.</summary>
    private const int AlwaysTaken = 16;

    private readonly TurnOrder _order = new();
    private readonly string _owner = PledgeThreads.TurnsOf(row.AdapterId);
    private int _nextOrdinal;
    private int _taken;

    /// <summary>What became of its replies.</summary>
    public ReplyLedger Replies { get; } = new();

    public override string Id => $"{store.DatabaseId}.{row.Id}";

    public override string ReplyToken => doors.Tokens.For(row.Id, AdapterId, Message.Chat);

    public override InboundMessage Message { get; } = message;

    public override string AdapterId => row.AdapterId;

    public override string Conversation => row.Conversation;

    public override int Attempt { get; } = attempt;

    public override MessageCapabilities Capabilities => abilities.Can;

    private string ChatKey => ConversationKey.OfChat(AdapterId, Message.Chat);

    public override Task<MessageTarget> ReplyAsync(Reply reply, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reply);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<MessageTarget>(cancellationToken);
        var ordinal = NextOrdinal();
        if (TooLong(reply.Text) is { } refusal) return Task.FromException<MessageTarget>(Refused(refusal));
        var (pledge, mended) = (new Pledge<MessageTarget>(cancellationToken, _owner), Mend(reply));
        if (reply.Attachments.Count > 0) return ReplyWithFiles(ordinal, mended, pledge);
        var payload = Payloads.Write(Message.Chat, mended);
        return Take(pledge, () => Owe(ordinal, payload, [], pledge));
    }

    public override Task EditAsync(MessageTarget message, Reply content, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (content.Text.Length == 0 || content.Attachments.Count > 0 || content.ReplyTo is not null)
            throw new ArgumentException("An edit has a text, and neither files nor a message that it answers.", nameof(content));
        if (TooLong(content.Text) is { } refusal)
        {
            NextOrdinal();
            return Task.FromException(Refused(refusal));
        }

        return Act(OwedKind.Edit, message, new(ChatPayload.From(Message.Chat), TextRepair.Repair(content.Text), content.Format), cancellationToken);
    }

    public override Task DeleteAsync(MessageTarget message, CancellationToken cancellationToken) =>
        Act(OwedKind.Deletion, message, new(ChatPayload.From(Message.Chat), null), cancellationToken);

    public override Task ReactAsync(MessageTarget message, string? emoji, CancellationToken cancellationToken) =>
        Act(OwedKind.Reaction, message, new(ChatPayload.From(Message.Chat), null, Emoji: emoji), cancellationToken);

    public override Task<FetchedFile> FetchAsync(Attachment attachment, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<FetchedFile>(cancellationToken);
        var index = Message.Attachments.ToList().IndexOf(attachment);
        if (index < 0) throw new ArgumentException("The message has no such attachment.", nameof(attachment));
        if (abilities.Refusal(AdapterId, MessageCapabilities.Fetch) is { } refusal) return Task.FromException<FetchedFile>(new NotSupportedException(refusal));
        var pledge = new Pledge<FetchedFile>(cancellationToken, _owner);
        doors.Fetches.Fetch(AdapterId, row.Id, index, attachment, answer =>
        {
            if (answer.File is { } file) pledge.Keep(file);
            else pledge.Break(new IOException(answer.Problem));
        });
        return pledge.Task;
    }

    /// <summary>The turn has ended well: nothing more is taken. True: everything that was taken is on its way to the store; false: <paramref name="queued"/> runs when it is, and may
    /// only post.</summary>
    public bool End(Action queued) => _order.Close(queued);

    /// <summary>The turn is over, whatever the handler still does.</summary>
    public void Close() => _order.Abandon();

    private Task<MessageTarget> ReplyWithFiles(int ordinal, Reply reply, Pledge<MessageTarget> pledge)
    {
        if (abilities.Refusal(AdapterId, MessageCapabilities.Attach) is { } refusal) return Task.FromException<MessageTarget>(Refused(new NotSupportedException(refusal)));
        TurnOrder.Step step = null!;
        var copied = default(Copied);
        byte[] payload = [];
        step = new TurnOrder.Step(() => OweCopied(ordinal, payload, copied, pledge), () =>
        {
            // Otherwise they are still being copied, and released by who hears of it.
            if (step.IsReady) doors.Copies.Release(copied.Files);
            pledge.Break(Over());
        })
        { IsReady = false };
        if (!_order.Take(step)) return Task.FromException<MessageTarget>(Over());
        doors.Copies.Begin(AdapterId, reply.Attachments, abilities.MaxFileBytes, done =>
        {
            copied = done;
            if (done.Problem is null) payload = Payloads.Write(OutboundPayload.From(Message.Chat, reply) with { Attachments = [.. done.Files] });
            if (!_order.Ready(step)) doors.Copies.Release(done.Files);
        });
        return pledge.Task;
    }

    private void OweCopied(int ordinal, byte[] payload, Copied copied, Pledge<MessageTarget> pledge)
    {
        if (copied.Problem is { } problem)
        {
            pledge.Break(Refused(problem));
            return;
        }

        Owe(ordinal, payload, copied.Files, pledge);
    }

    private void Owe(int ordinal, byte[] payload, IReadOnlyList<FilePayload> files, Pledge<MessageTarget> pledge)
    {
        if (!TryMakeRoom(ordinal))
        {
            if (files.Count > 0) doors.Copies.Release(files);
            pledge.Break(NoRoom());
            return;
        }

        var entry = new OwedReply(row.Id, ordinal, AdapterId, ChatKey, payload) { Files = [.. files.Select(static file => file.Path)] };
        store.OweReply(entry, Replies, answer =>
        {
            if (files.Count > 0) doors.Copies.Release(files);
            if (answer.Value.Row is null) doors.Room.Release(AdapterId, 0);
            if (answer.Value.Id != 0) owedSoFar.Note(ordinal);
            if (!answer.IsDurable)
            {
                pledge.Break(new IOException($"The reply could not be stored: {answer.Failure!.Message} The turn will run again."));
            }
            else if (answer.Value.IsTurnOver)
            {
                pledge.Break(Over());
            }
            else
            {
                if (answer.Value.Row is { } fresh) owed(fresh);
                pledge.Keep(MessageTarget.Owed(DeliveryReport.IdOf(answer.Value.Id)));
            }
        });
    }

    private Task Act(OwedKind kind, MessageTarget target, OutboundPayload payload, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        var id = 0L;
        if (target.Id is { } named && !DeliveryReport.TryId(named, out id)) throw new ArgumentException($"'{named}' is no id of a message; they look like m12.", nameof(target));
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled(cancellationToken);
        var ordinal = NextOrdinal();
        if (abilities.Refusal(AdapterId, ActionParcel.Needs(kind)) is { } refusal) return Task.FromException(Refused(new NotSupportedException(refusal)));
        var pledge = new Pledge<bool>(cancellationToken, _owner);
        var key = string.Create(CultureInfo.InvariantCulture, $"{row.Id}.{ordinal}");
        var action = new OwedAction(key, row.Id, AdapterId, ChatKey, kind, target.Id is null ? null : id, Payloads.Write(payload with { MessageId = target.MessageId }));
        return Take(pledge, () =>
        {
            if (TryMakeRoom(ordinal)) store.OweAction(action, Replies, answer => Conclude(ordinal, target, answer, pledge));
            else pledge.Break(NoRoom());
        });
    }

    private void Conclude(int ordinal, MessageTarget target, Answer<ActionOwing> answer, Pledge<bool> pledge)
    {
        if (answer.Value.Row is null) doors.Room.Release(AdapterId, 0);
        if (answer.Value.Id != 0) owedSoFar.Note(ordinal);
        switch (answer)
        {
            case { IsDurable: false }:
                pledge.Break(new IOException($"It could not be stored: {answer.Failure!.Message} The turn will run again."));
                break;
            case { Value.Fate: ActionFate.TurnOver }:
                pledge.Break(Over());
                break;
            case { Value.Fate: ActionFate.NoTarget }:
                pledge.Break(Refused(new ArgumentException($"There is no message '{target.Id}' in this chat.")));
                break;
            default:
                if (answer.Value.Row is { } fresh) owed(fresh);
                pledge.Keep(true);
                break;
        }
    }

    /// <summary>What handlers owe is bounded like what programs owe. Under the turn's lock.</summary>
    private bool TryMakeRoom(int ordinal)
    {
        if (!owedSoFar.Knows(ordinal) && _taken++ >= AlwaysTaken) return doors.Room.TryReserve(AdapterId, 0);
        doors.Room.Add(AdapterId, 0);
        return true;
    }

    /// <summary>The turn waits until there is room and runs again, whatever its handler makes of the exception: what it has owed so far is not owed twice.</summary>
    private NotNowException NoRoom()
    {
        Replies.Lose();
        return new($"Adapter '{AdapterId}' owes {doors.Room.Of(AdapterId).Pending} messages already, all that it may (setting: gateway.outbox.maxOwed); the turn waits and runs again.");
    }

    private static ArgumentException? TooLong(string text) => text.Length <= InboundRules.MaxTextBytes ? null
        : new($"The text has {text.Length} characters; at most {InboundRules.MaxTextBytes} are taken. Send it as a file, or in several replies.");

    /// <summary>Given with the call, and used up also when it fails: another attempt must not give one thing the key of another.</summary>
    private int NextOrdinal() => Interlocked.Increment(ref _nextOrdinal) - 1;

    private Task<T> Take<T>(Pledge<T> pledge, Action act) =>
        _order.Take(new TurnOrder.Step(act, () => pledge.Break(Over()))) ? pledge.Task : Task.FromException<T>(Over());

    /// <summary>Logged too: a handler that does not await would never hear of it.</summary>
    private Exception Refused(Exception problem)
    {
        log.AskedInVain(row.Id, AdapterId, problem.Message);
        return problem;
    }

    private InvalidOperationException Over() => new($"The turn in conversation '{Conversation}' is over; nothing is sent.");

    private static Reply Mend(Reply reply)
    {
        var text = TextRepair.Repair(reply.Text);
        return ReferenceEquals(text, reply.Text) ? reply : new Reply(text) { Format = reply.Format, ReplyTo = reply.ReplyTo, Attachments = reply.Attachments };
    }
}
