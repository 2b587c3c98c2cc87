using PluginGateway.Dispatch.External;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Dispatch.Outbound;
using PluginGateway.Store;
using PluginGateway.Store.Verbs;
using PluginGateway.Threads;

namespace PluginGateway.Dispatch.Turns;

/// <content>Edits, deletions and reactions of a turn, and its attachments.</content>
internal sealed partial class HostTurn
{
    public override Task EditAsync(MessageTarget message, Reply content, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (content.Text.Length == 0 || content.Attachments.Count > 0 || content.ReplyTo is not null || content.Buttons is not null
            || content.Location is not null || content.VisibleTo is not null)
            throw new ArgumentException(
                "An edit has a text, and neither files, nor buttons, nor a place, nor a message that it answers, nor a person who alone may see it.",
                nameof(content));
        if (TooLong(content.Text) is { } refusal)
        {
            NextOrdinal();
            return Task.FromException(Refused(refusal));
        }

        return Act(
            OwedKind.Edit, message,
            OutboundPayload.From(Event.Chat, content with { Text = TextSanitizer.Sanitize(content.Text) }), cancellationToken);
    }

    public override Task DeleteAsync(MessageTarget message, CancellationToken cancellationToken) =>
        Act(OwedKind.Deletion, message, new(ChatPayload.From(Event.Chat), null), cancellationToken);

    public override Task ReactAsync(MessageTarget message, string? emoji, CancellationToken cancellationToken) =>
        Act(OwedKind.Reaction, message, new(ChatPayload.From(Event.Chat), null, Emoji: emoji), cancellationToken);

    public override Task<FetchedFile> FetchAsync(Attachment attachment, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<FetchedFile>(cancellationToken);
        if (Find(attachment) is not var (inboxId, index))
            throw new ArgumentException("No message of this turn has such an attachment.", nameof(attachment));
        if (abilities.Refusal(AdapterId, MessageCapabilities.Fetch) is { } refusal)
            return Task.FromException<FetchedFile>(new NotSupportedException(refusal));
        var promise = new Promise<FetchedFile>(cancellationToken, _owner);
        services.Fetches.Fetch(AdapterId, inboxId, index, attachment, result =>
        {
            if (result.File is { } file) promise.Complete(file);
            else promise.Fail(new IOException(result.Problem));
        });
        return promise.Task;
    }

    private Task Act(OwedKind kind, MessageTarget target, OutboundPayload payload, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        var id = 0L;
        if (target.Id is { } named && !DeliveryReport.TryId(named, out id))
            throw new ArgumentException($"'{named}' is no id of a message; they look like m12.", nameof(target));
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled(cancellationToken);
        var ordinal = NextOrdinal();
        if (abilities.Refusal(AdapterId, PreparedAction.Needs(kind)) is { } refusal)
            return Task.FromException(Refused(new NotSupportedException(refusal)));
        var promise = new Promise<bool>(cancellationToken, _owner);
        var entry = EntryOf(ordinal, Payloads.Write(payload with { MessageId = target.MessageId })) with
        {
            Kind = kind,
            Target = target.Id is null ? null : id,
        };
        return Enqueue(promise, () =>
        {
            if (!TryMakeRoom(ordinal)) promise.Fail(NoRoom());
            else _outbox.Enqueue(entry, commandResult =>
            {
                if (Problem(ordinal, commandResult, "It", target.Id) is { } problem) promise.Fail(problem);
                else promise.Complete(true);
            }, Replies);
        });
    }

    /// <summary>Returns the message of an attachment and its place there; null: no message of this turn has it.</summary>
    private (long InboxId, int Index)? Find(Attachment attachment)
    {
        for (var i = 0; i < received.Count; i++)
        {
            var index = received[i] is ContentEvent content ? content.Attachments.ToList().IndexOf(attachment) : -1;
            if (index >= 0) return (pending.Members[i].Id, index);
        }

        return null;
    }
}
