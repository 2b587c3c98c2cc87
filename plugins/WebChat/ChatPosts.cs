namespace PluginGateway.Plugins.WebChat;

/// <summary>Posts of the visitor: messages, files, and changes of messages.</summary>
internal sealed class ChatPosts(AdapterContext context, WebChatSettings settings, ChatHistory history, ChatFiles files, IdThrottle throttle)
{
    /// <summary>Takes a message: 202 when the gateway has it on disk.</summary>
    public async Task<HttpReply> MessageAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (PostedFields.Read(call, fields => PostedMessage.Read(fields, settings.MaxTextLength), out var refusal) is not { } posted) return refusal;
        if (ChatReplies.TooManyGuesses(throttle.WaitOf(call.RemoteAddress, posted.Conversation)) is { } wait) return wait;
        if (await FilesOfAsync(posted) is not { } attached)
            return ChatReplies.Refuse(400, "unknownFile",
                "'attachments' names a file that is of another message, or was not uploaded to this conversation within a day.", "attachments");
        var now = context.Clock.GetUtcNow();
        var acceptance = await context.Inbox.AcceptAsync(EventOf(posted, attached, now), cancellationToken);
        if (acceptance.Kind is not (AcceptanceKind.Stored or AcceptanceKind.Duplicate)) return RefusalOf(call, posted.Conversation, acceptance);
        // The message has been accepted even if this copy fails: the history only shows it again after a reload.
        var kept = await history.AppendAsync(
            new ChatEntry(posted.Conversation, posted.Id, FromUser: true, posted.Text, now.ToUnixTimeMilliseconds())
            {
                ReplyTo = posted.ReplyTo,
                Files = attached.Count > 0 ? attached : null,
            });
        if (kept != WriteOutcome.Durable)
            context.Log.Warning("An accepted message could not be added to the chat history; it is handled all the same.");
        files.Take(attached);
        return ChatReplies.Accepted(posted.Id, acceptance);
    }

    /// <summary>Takes the new text of an own message: 202 when the gateway and the history have it on disk.</summary>
    public Task<HttpReply> EditAsync(HttpCall call, CancellationToken cancellationToken) => ChangeAsync(call, fields => new PostedEdit(
        fields.Id("conversation"), fields.Id("id"), fields.Id("message"), fields.Text("text", settings.MaxTextLength, mayBeEmpty: false)),
        cancellationToken);

    /// <summary>Deletes an own message: 202 as for an edit.</summary>
    public Task<HttpReply> DeletionAsync(HttpCall call, CancellationToken cancellationToken) => ChangeAsync(call,
        static fields => new PostedDeletion(fields.Id("conversation"), fields.Id("id"), fields.Id("message")), cancellationToken);

    /// <summary>Adds a reaction, or takes it back: 202 as for an edit.</summary>
    public Task<HttpReply> ReactionAsync(HttpCall call, CancellationToken cancellationToken) => ChangeAsync(call, static fields => new PostedReaction(
        fields.Id("conversation"), fields.Id("id"), fields.Id("message"), fields.Emoji("emoji"), fields.Flag("remove")), cancellationToken);

    /// <summary>Takes the press of a button: 202 when the gateway has it on disk.</summary>
    public async Task<HttpReply> PressAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (PostedFields.Read(call, PostedPress.Read, out var refusal) is not { } posted) return refusal;
        if (ChatReplies.TooManyGuesses(throttle.WaitOf(call.RemoteAddress, posted.Conversation)) is { } wait) return wait;
        var acceptance = await context.Inbox.AcceptAsync(posted.EventOf(context.Clock.GetUtcNow()), cancellationToken);
        return acceptance switch
        {
            { Kind: AcceptanceKind.Stored or AcceptanceKind.Duplicate } => ChatReplies.Accepted(posted.Id, acceptance),
            { Reason: "notTaken", Answer: { } answer } => ChatReplies.NotTaken(answer),
            _ => RefusalOf(call, posted.Conversation, acceptance),
        };
    }

    /// <summary>Takes the report that a reply has been seen: 202 when the gateway has it on disk.</summary>
    public async Task<HttpReply> ReadAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (PostedFields.Read(call, PostedRead.Read, out var refusal) is not { } posted) return refusal;
        if (ChatReplies.TooManyGuesses(throttle.WaitOf(call.RemoteAddress, posted.Conversation)) is { } wait) return wait;
        if (history.Find(new EntryKey(posted.Conversation, FromUser: false, posted.Message)) is null)
        {
            if (history.Read(posted.Conversation).Count == 0) throttle.Missed(call.RemoteAddress, posted.Conversation);
            return ChatReplies.Refuse(404, "notFound", "The conversation has no reply with this id.", "message");
        }

        var acceptance = await context.Inbox.AcceptAsync(posted.EventOf(context.Clock.GetUtcNow()), cancellationToken);
        // The history may have a reply of which the store knows no more.
        return acceptance is { Kind: AcceptanceKind.Stored or AcceptanceKind.Duplicate } or { Reason: "unknownMessage" }
            ? ChatReplies.Accepted(posted.Message, acceptance)
            : RefusalOf(call, posted.Conversation, acceptance);
    }

    /// <summary>Takes a file that a message may name within a day: 201 with its id when it is on disk.</summary>
    public async Task<HttpReply> FileAsync(HttpCall call, string conversation)
    {
        if (call.Body.IsEmpty) return ChatReplies.Refuse(400, "invalid", "The body must be the bytes of the file.");
        var (name, type) = (call.Query.GetValueOrDefault("name"), call.Headers.GetValueOrDefault("Content-Type"));
        try
        {
            return ChatReplies.Uploaded(await Task.Run(
                () => files.Keep(conversation, name, type, new MemoryStream(call.Body.ToArray()), isOfMessage: false)));
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            context.Log.Warning("A file of a visitor could not be written.", failed);
            return ChatReplies.Refuse(503, "notWritten", "The file could not be written; post it again.", retryAfterSeconds: 5);
        }
    }

    private async Task<HttpReply> ChangeAsync<T>(HttpCall call, Func<PostedFields, T> read, CancellationToken cancellationToken)
        where T : PostedChange
    {
        if (PostedFields.Read(call, read, out var refusal) is not { } posted) return refusal;
        if (ChatReplies.TooManyGuesses(throttle.WaitOf(call.RemoteAddress, posted.Conversation)) is { } wait) return wait;
        var now = context.Clock.GetUtcNow();
        if (posted.Find(history) is not { } entry || posted.Apply(entry, now) is not { } changed)
        {
            if (history.Read(posted.Conversation).Count == 0) throttle.Missed(call.RemoteAddress, posted.Conversation);
            return ChatReplies.Refuse(404, "notFound", "The conversation has no message with this id that can be changed so: only own messages are "
                + $"edited and deleted, none that is deleted, and a message has at most {ChatLimits.MostReactions} reactions.", "message");
        }

        if (ReferenceEquals(changed, entry)) return ChatReplies.Accepted(posted.Id, Acceptance.Duplicate);
        var acceptance = await context.Inbox.AcceptAsync(posted.EventOf(changed, now), cancellationToken);
        // An event that no handler takes is made here all the same: the message is the visitor's.
        if (acceptance is not ({ Kind: AcceptanceKind.Stored or AcceptanceKind.Duplicate } or { Reason: "unsupported" }))
            return RefusalOf(call, posted.Conversation, acceptance);
        return await history.ChangeAsync(entry.Key, current => posted.Apply(current, now)) is WriteOutcome.Durable or WriteOutcome.NotFound
            ? ChatReplies.Accepted(posted.Id, acceptance)
            : Reconnecting();
    }

    private HttpReply RefusalOf(HttpCall call, string conversation, Acceptance acceptance)
    {
        if (acceptance.Reason == "notAllowed") throttle.Missed(call.RemoteAddress, conversation);
        return acceptance.Kind switch
        {
            AcceptanceKind.Discarded => ChatReplies.Refuse(acceptance.Reason switch { "notAllowed" => 403, "tooLarge" => 413, _ => 422 },
                acceptance.Reason ?? "discarded", acceptance.Answer?.Text ?? "The gateway does not take this message."),
            AcceptanceKind.Refused => ChatReplies.Refuse(
                503, acceptance.Reason ?? "refused", "The gateway does not take messages at the moment; post it again.", retryAfterSeconds: 2),
            _ => Reconnecting(),
        };
    }

    private static HttpReply Reconnecting() =>
        ChatReplies.Refuse(503, "reconnecting", "The chat is being reconnected; post the message again.", retryAfterSeconds: 1);

    /// <summary>Returns the files of a posted message, or null if one is unknown. Those of a message that is posted again are the
    /// history's.</summary>
    private async Task<IReadOnlyList<ChatFile>?> FilesOfAsync(PostedMessage posted)
    {
        if (posted.Attachments.Count == 0) return [];
        if (history.Find(new EntryKey(posted.Conversation, FromUser: true, posted.Id)) is { } known) return known.Files ?? [];
        ChatFile[] found = await Task.Run(
            () => posted.Attachments.Select(id => files.FindWaiting(posted.Conversation, id)).OfType<ChatFile>().ToArray());
        return found.Length == posted.Attachments.Count ? found : null;
    }

    private InboundMessage EventOf(PostedMessage posted, IReadOnlyList<ChatFile> attached, DateTimeOffset now) => new(
        PostedChange.EventId("", posted.Conversation, posted.Id), new Chat(posted.Conversation, ChatKind.Direct),
        new Sender(posted.Conversation, "Visitor"), posted.Text)
    {
        MessageId = posted.Id,
        Attachments = [.. attached.Select(static file => file.Attachment)],
        Quote = posted.ReplyTo is { } id ? QuoteOf(posted.Conversation, id) : null,
        PlatformTime = now,
    };

    /// <summary>Returns the message that another one answers, with its text as long as the history has it.</summary>
    private Quote QuoteOf(string conversation, string id) =>
        history.Read(conversation).LastOrDefault(entry => entry.Id == id && !entry.IsDeleted) is not { } entry
            ? new Quote(id)
            : new Quote(id)
            {
                Text = entry.Text,
                Sender = entry.FromUser ? new Sender(conversation, "Visitor") : new Sender("gateway", isBot: true) { IsSelf = true },
            };
}
