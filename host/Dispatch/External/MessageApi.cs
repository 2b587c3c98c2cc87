using PluginGateway.Configuration;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Dispatch.Outbound;
using PluginGateway.Dispatch.Turns;
using PluginGateway.Media;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Dispatch.External;

/// <summary>Messages of programs, handlers and the operator, outside of turns: checks them, stores them as owed, and passes them to the outbound
/// queue. Any thread; the answers come on the store's writer, or on a copying thread, and may only be passed on.</summary>
/// <param name="store">The store.</param>
/// <param name="dispatcher">The dispatcher, which delivers.</param>
/// <param name="adapterIds">Returns the ids of the adapters that are configured now. Any thread.</param>
internal sealed class MessageApi(MessageStore store, Dispatcher dispatcher, Func<IReadOnlyList<string>> adapterIds)
{
    /// <summary>Returns true when an adapter of this id is configured.</summary>
    public bool Knows(string adapterId) => adapterIds().Contains(adapterId);

    /// <summary>Stores a message as owed, with its buttons.</summary>
    public void Enqueue(MessageApiRequest request, Action<MessageApiResult> done)
    {
        if (Refuse(request) is { } refusal) done(refusal);
        else if (request is { Turn: 0 } or { Reply: { Buttons: null, VisibleTo: null } }) Enqueue(request, null, done);
        else store.FindInbound(request.Turn, commandResult =>
        {
            if (!commandResult.IsDurable) done(NotStored(commandResult.Failure!));
            else if (commandResult.Value is { } row && Payloads.TryRead(row.Payload, Payloads.ReadInbound) is { } answered)
                Enqueue(request, new AnsweredTurn(answered, row.Conversation, row.Session), done);
            else done(new(MessageApiOutcome.NotFound, 0, "The message of the turn is not known any more."));
        });
    }

    /// <summary>Stores an edit, a deletion or a reaction as owed.</summary>
    public void Act(MessageApiAction action, Action<MessageApiResult> done)
    {
        if (!MessageReferences.IsKey(action.Key)) done(Invalid(MessageReferences.KeyRule));
        else if (action.Kind == OwedKind.Edit && string.IsNullOrEmpty(action.Text)) done(Invalid("There is no text."));
        else if (action.Text?.Length > InboundRules.MaxTextBytes) done(Invalid($"The text is longer than {InboundRules.MaxTextBytes} characters."));
        else if (MessageReferences.TryInboundId(action.Message, out var inbound))
            store.FindInbound(inbound, commandResult => Act(action, commandResult, done));
        else if (DeliveryReport.TryId(action.Message, out var id)) store.FindMessage(id, commandResult => Act(action, commandResult, done));
        else if (MessageReferences.IsKey(action.Message))
            store.FindMessage(StoredKey(action.Grant?.Turn ?? 0, action.Message), commandResult => Act(action, commandResult, done));
        else done(NoMessage(action.Message));
    }

    /// <summary>Fetches an attachment of an accepted message, and returns it with the message's description of it.</summary>
    /// <param name="inboxId">The message, or the first one of a turn.</param>
    /// <param name="index">The index of the attachment among those of the turn, from 0.</param>
    /// <param name="grant">The grant of a turn's token; null for the gateway's own token.</param>
    /// <param name="done">Called with the outcome: <see cref="MessageApiOutcome.Known"/> with a file, or the reason why there is none.</param>
    public void Fetch(long inboxId, int index, ReplyGrant? grant, Action<MessageApiResult, FetchedFile?, Attachment?> done) =>
        store.FindTurn(inboxId, commandResult =>
    {
        if (grant is not null && grant.Turn != inboxId) commandResult = default;
        var found = Locate(commandResult.Value ?? [], index);
        if (!commandResult.IsDurable) done(new(MessageApiOutcome.NotNow, 0, commandResult.Failure!.Message), null, null);
        else if (found is not var (row, place, attachment))
            done(new(MessageApiOutcome.NotFound, 0, "There is no such attachment, or none any more."), null, null);
        else if (dispatcher.AbilitiesOf(row.AdapterId).Refusal(row.AdapterId, MessageCapabilities.Fetch) is { } refusal)
            done(new(MessageApiOutcome.Unsupported, 0, refusal), null, null);
        else dispatcher.Fetches.Fetch(row.AdapterId, row.Id, place, attachment, fetched => done(
            new(fetched.File is null ? MessageApiOutcome.NotNow : MessageApiOutcome.Known, 0, fetched.Problem), fetched.File, attachment));
    });

    /// <summary>Returns the message of an attachment of a turn, and the place of the attachment there; null: there is none.</summary>
    private static (InboxRow Row, int Place, Attachment Attachment)? Locate(IReadOnlyList<InboxRow> messages, int index)
    {
        if (index < 0) return null;
        foreach (var row in messages)
        {
            if (Payloads.TryRead(row.Payload, Payloads.ReadInbound) is not ContentEvent content) continue;
            if (index < content.Attachments.Count) return (row, index, content.Attachments[index]);
            index -= content.Attachments.Count;
        }

        return null;
    }

    /// <summary>Reads the inbox id of an accepted message: in the form of events (i12), or the id of its turn.</summary>
    public bool TryTurn(string text, out long inboxId) => MessageReferences.TryTurn(text, store.DatabaseId, out inboxId);

    /// <summary>Finds a message by its id (m1) or its key; null when there is none, or no longer. With a <paramref name="turn"/> only the keys of
    /// that turn are known.</summary>
    public void Find(string idOrKey, long turn, Action<DeliveryReport?> done)
    {
        if (turn == 0 && DeliveryReport.TryId(idOrKey, out var id)) store.FindOutbox(id, commandResult => done(Report(commandResult)));
        else if (MessageReferences.IsKey(idOrKey)) store.FindOutbox(StoredKey(turn, idOrKey), commandResult => done(Report(commandResult)));
        else done(null);
    }

    private void Enqueue(MessageApiRequest request, AnsweredTurn? turn, Action<MessageApiResult> done)
    {
        var (key, abilities) = (StoredKey(request), dispatcher.AbilitiesOf(request.AdapterId));
        var handlerId = dispatcher.HandlerOf(request.AdapterId);
        if (AddressedMessage.Of(request, turn, key, store.Secret, handlerId, abilities, out var refusal) is not { } message)
        {
            done(Refusal(refusal!));
            return;
        }

        var payload = message.Payload;
        var chatKey = ConversationKey.OfChat(request.AdapterId, payload.Chat.ToChat());
        var entry = new OutboxEntry(key, request.AdapterId, chatKey, Payloads.Write(payload)) { Buttons = message.Buttons };
        if (request.Reply.Attachments.Count == 0)
        {
            Enqueue(request.Key, entry, [], done);
            return;
        }

        dispatcher.Copies.Begin(request.AdapterId, request.Reply.Attachments, abilities.MaxFileBytes, copyResult =>
        {
            var files = copyResult.Files;
            if (copyResult.Problem is { } problem) done(Refusal(problem));
            else Enqueue(request.Key, entry with
            {
                Payload = Payloads.Write(payload with { Attachments = [.. files] }),
                Files = [.. files.Select(static file => file.Path)],
            }, files, done);
        }, request.TakeFiles);
    }

    private void Enqueue(string key, OutboxEntry entry, IReadOnlyList<FilePayload> files, Action<MessageApiResult> done)
    {
        if (!dispatcher.Room.TryReserve(entry.AdapterId, 0))
        {
            if (files.Count > 0) dispatcher.Copies.Release(files);
            done(TooMuch(entry.AdapterId));
            return;
        }

        dispatcher.Outbox.Enqueue(entry, commandResult =>
        {
            if (files.Count > 0) dispatcher.Copies.Release(files);
            done(Conclude(key, "", commandResult));
        });
    }

    private void Act(MessageApiAction action, CommandResult<OutboxRowContent?> target, Action<MessageApiResult> done)
    {
        if (!target.IsDurable) done(NotStored(target.Failure!));
        else if (target.Value is not { Row: var row } found || Payloads.TryRead(found.Payload, Payloads.ReadChat) is not { } chat
            || !IsAllowed(action.Grant, row.AdapterId, chat))
            done(NoMessage(action.Message));
        else
        {
            var payload = new OutboundPayload(
                ChatPayload.From(chat), action.Text, OutboundPayload.NameOf(action.Format), Emoji: action.Emoji, NoLinkPreview: action.NoLinkPreview);
            Act(action, row.AdapterId, row.Chat, row.Id, payload, done);
        }
    }

    private void Act(MessageApiAction action, CommandResult<InboxRow?> target, Action<MessageApiResult> done)
    {
        if (!target.IsDurable) done(NotStored(target.Failure!));
        else if (target.Value is not { } row || Payloads.TryRead(row.Payload, Payloads.ReadInbound) is not { } message
            || !IsAllowed(action.Grant, row.AdapterId, message.Chat))
            done(NoMessage(action.Message));
        else if (MessageIdIn(message) is not { } id)
            done(new(MessageApiOutcome.Unsupported, 0, $"Adapter '{row.AdapterId}' names no id by which '{action.Message}' could be referred to."));
        else Act(action, row.AdapterId, ConversationKey.OfChat(row.AdapterId, message.Chat), null,
            new OutboundPayload(ChatPayload.From(message.Chat), action.Text, OutboundPayload.NameOf(action.Format), Emoji: action.Emoji, MessageId: id,
                NoLinkPreview: action.NoLinkPreview), done);
    }

    private static string? MessageIdIn(InboundEvent e) => e switch
    {
        ContentEvent content => content.MessageId,
        ReactionChanged reaction => reaction.MessageId,
        ButtonPressed press => press.MessageId,
        _ => null,
    };

    private void Act(MessageApiAction action, string adapterId, string chatKey, long? target, OutboundPayload payload, Action<MessageApiResult> done)
    {
        if (dispatcher.AbilitiesOf(adapterId).Refusal(adapterId, PreparedAction.Needs(action.Kind)) is { } refusal)
        {
            done(new(MessageApiOutcome.Unsupported, 0, refusal));
            return;
        }

        if (!dispatcher.Room.TryReserve(adapterId, 0))
        {
            done(TooMuch(adapterId));
            return;
        }

        if (payload.Text is { } text) payload = payload with { Text = TextSanitizer.Sanitize(text) };
        var entry = new OutboxEntry(StoredKey(action.Grant?.Turn ?? 0, action.Key), adapterId, chatKey, Payloads.Write(payload))
        {
            Kind = action.Kind,
            Target = target,
        };
        dispatcher.Outbox.Enqueue(entry, commandResult => done(Conclude(action.Key, action.Message, commandResult)));
    }

    private static MessageApiResult Conclude(string key, string about, CommandResult<EnqueueResult> commandResult) => commandResult switch
    {
        { IsDurable: false } => NotStored(commandResult.Failure!),
        { Value: { Outcome: EnqueueOutcome.Owed, Id: var id } } => new(MessageApiOutcome.Owed, id, ""),
        { Value: { Outcome: EnqueueOutcome.Known, Id: var id } } => new(MessageApiOutcome.Known, id, ""),
        { Value: { Outcome: EnqueueOutcome.Conflict, Id: var id } } => Conflict(key, id),
        _ => NoMessage(about),
    };

    /// <summary>Returns true when the token of a turn allows the operation: in exactly the turn's conversation.</summary>
    private static bool IsAllowed(ReplyGrant? grant, string adapterId, Chat chat) =>
        grant is null || (grant.Adapter == adapterId && grant.Chat == chat.Id && grant.Thread == chat.Thread);

    private static DeliveryReport? Report(CommandResult<OutboxRow?> commandResult) => commandResult.Value is { } row ? DeliveryReport.Of(row) : null;

    private string StoredKey(MessageApiRequest request) => request.Handler is { } handlerId
        ? MessageReferences.StoredKeyOf(store.DatabaseId, handlerId, request.Key)
        : StoredKey(request.Turn, request.Key);

    private string StoredKey(long turn, string key) => MessageReferences.StoredKey(store.DatabaseId, turn, key);

    private MessageApiResult? Refuse(MessageApiRequest request)
    {
        if (adapterIds() is var known && !known.Contains(request.AdapterId))
            return new(MessageApiOutcome.UnknownAdapter, 0, NearestName.NoAdapter(request.AdapterId, known));
        if (!MessageReferences.IsKey(request.Key)) return Invalid(MessageReferences.KeyRule);
        if (request.Reply is { Text.Length: 0, Attachments.Count: 0, Location: null }) return Invalid("There is nothing to send.");
        if (request is { Turn: 0, Reply: { VisibleTo: null, Buttons.Audience: ButtonAudience.Sender } })
            return Invalid("The message answers nobody: with the audience \"sender\" it needs 'visibleTo', or the token of a turn.");
        if (request.Reply.Attachments.Count > 0
            && dispatcher.AbilitiesOf(request.AdapterId).Refusal(request.AdapterId, MessageCapabilities.Attach) is { } refusal)
            return new(MessageApiOutcome.Unsupported, 0, refusal);
        if (request.Reply.Text.Length > InboundRules.MaxTextBytes) return Invalid($"The text is longer than {InboundRules.MaxTextBytes} characters.");
        if (!TextSanitizer.IsSound(request.Chat.Id) || !TextSanitizer.IsSound(request.Chat.Thread))
            return Invalid("The chat's id has characters that no platform has.");
        return dispatcher.Room.HasRoom(request.AdapterId) ? null : TooMuch(request.AdapterId);
    }

    private static MessageApiResult Invalid(string sentence) => new(MessageApiOutcome.Invalid, 0, sentence);

    private MessageApiResult TooMuch(string adapterId)
    {
        var (owed, largest) = (dispatcher.Room.Of(adapterId).Pending, dispatcher.Room.Largest());
        var others = largest.AdapterId == adapterId ? "" : $", and adapter '{largest.AdapterId}' {largest.Pending}";
        return new(MessageApiOutcome.NotNow, 0,
            $"Adapter '{adapterId}' owes {owed} messages already{others}, of {dispatcher.Room.Most} that all may (setting: gateway.outbox.maxOwed); "
            + $"try again with the same key. See: plugin-gateway outbox list --adapter {largest.AdapterId}");
    }

    private static MessageApiResult NotStored(StoreFailure failure) =>
        new(MessageApiOutcome.NotNow, 0, $"It could not be stored ({failure.Message}); try again with the same key.");

    private static MessageApiResult NoMessage(string named) =>
        new(MessageApiOutcome.NotFound, 0, $"There is no message '{named}', or none any more.");

    private static MessageApiResult Conflict(string key, long id) => new(
        MessageApiOutcome.Conflict, id, $"The key '{key}' belongs to another message ({DeliveryReport.IdOf(id)}), with another target or content.");

    private static MessageApiResult Refusal(Exception problem) => problem switch
    {
        NotSupportedException => new(MessageApiOutcome.Unsupported, 0, problem.Message),
        RetryLaterException => new(MessageApiOutcome.NotNow, 0, problem.Message),
        MediaException { PassesByItself: true } => new(MessageApiOutcome.NotNow, 0, problem.Message),
        _ => Invalid(problem.Message),
    };
}
