namespace PluginGateway.Plugins.WebChat;

/// <summary>Messages of the gateway and what it does to messages: each is done when the history has it on disk.</summary>
internal sealed class ChatSends(AdapterContext context, ChatHistory history, ChatFiles files)
{
    /// <summary>Appends a reply, after its files are on disk. Its id is its key, so a key that is delivered twice is one message.</summary>
    public async Task<SendResult> SendAsync(OutboundMessage message)
    {
        if (!ChatLimits.IsId(message.Chat.Id)) return NotFound($"A conversation's id has {ChatLimits.Id}.");
        var entry = new ChatEntry(message.Chat.Id, message.Key, FromUser: false, message.Text, Now)
        {
            ReplyTo = message.ReplyTo,
            Buttons = ChatButton.Of(message.Buttons),
        };
        if (message.Attachments.Count == 0 || history.Find(entry.Key) is not null) return ResultOf(await history.AppendAsync(entry), message.Key);
        List<ChatFile> kept = [];
        if (await Task.Run(() => Keep(message, kept)) is { } refused)
        {
            files.Remove(kept);
            return SendResult.NotSent(refused);
        }

        var outcome = await history.AppendAsync(entry with { Files = kept });
        // Another attempt at the same key may have been faster.
        if (outcome == WriteOutcome.NotWritten || (outcome == WriteOutcome.Durable && !ReferenceEquals(history.Find(entry.Key)?.Files, kept)))
            files.Remove(kept);
        return ResultOf(outcome, message.Key);
    }

    /// <summary>Gives a reply another text and other buttons.</summary>
    public async Task<SendResult> EditAsync(MessageEdit edit)
    {
        var (now, buttons) = (Now, ChatButton.Of(edit.Buttons));
        return ResultOf(
            await history.ChangeAsync(ReplyOf(edit.Message), entry => entry.WithContent(edit.Text, buttons, now)), edit.Message.MessageId);
    }

    /// <summary>Deletes a reply. One that is no longer kept is deleted.</summary>
    public async Task<SendResult> DeleteAsync(MessageRef message)
    {
        var outcome = await history.ChangeAsync(ReplyOf(message), static entry => entry.Deleted());
        return ResultOf(outcome == WriteOutcome.NotFound ? WriteOutcome.Durable : outcome, message.MessageId);
    }

    /// <summary>Sets or clears the bot's reaction to a message of the visitor, or to one of its own.</summary>
    public async Task<SendResult> ReactAsync(ReactionUpdate reaction)
    {
        var own = ReplyOf(reaction.Message);
        var key = history.Find(own with { FromUser = true }) is { } ofVisitor ? ofVisitor.Key : own;
        return ResultOf(await history.ChangeAsync(key, entry => entry.WithBotReaction(reaction.Emoji)), reaction.Message.MessageId);
    }

    /// <summary>Shows the typing indicator on the open pages of a conversation.</summary>
    public void ShowTyping(Chat chat)
    {
        if (ChatLimits.IsId(chat.Id)) context.Events.Publish(ChatHistory.TopicOf(chat.Id), ChatReplies.Typing);
    }

    private long Now => context.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Writes the files of a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="kept">Gets the files that were written.</param>
    /// <returns>The error, or null.</returns>
    private SendError? Keep(OutboundMessage message, List<ChatFile> kept)
    {
        foreach (var attachment in message.Attachments)
        {
            FileStream content;
            try
            {
                content = new FileStream(attachment.Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                return SendError.InvalidMessage($"The file '{attachment.Path}' cannot be read: {unreadable.Message}");
            }

            using (content)
            {
                if (content.Length > ChatFiles.MaxBytes) return SendError.InvalidMessage($"The file '{attachment.Path}' has more than {ChatFiles.MaxBytes} bytes.");
                if (kept.Sum(static file => file.Size) + content.Length > files.MostOfConversation)
                    return SendError.InvalidMessage($"The files have more than {files.MostOfConversation} bytes (settings.fileMegabytesPerConversation).");
                try
                {
                    kept.Add(files.Keep(message.Chat.Id, attachment.Name, attachment.ContentType, content, isOfMessage: true));
                }
                catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
                {
                    return SendError.Transient($"A file could not be written: {failed.Message}");
                }
            }
        }

        return null;
    }

    private static EntryKey ReplyOf(MessageRef message) => new(message.Chat.Id, FromUser: false, message.MessageId);

    private static SendResult ResultOf(WriteOutcome outcome, string id) => outcome switch
    {
        WriteOutcome.Durable => SendResult.Sent(id),
        WriteOutcome.NotFound => NotFound($"The conversation has no message '{id}', or it is deleted or older than the messages that are kept."),
        WriteOutcome.NotWritten =>
            SendResult.NotSent(new SendError(SendErrorKind.Transient, SendRetry.AfterReconnect, "The history is closed.")),
        _ => SendResult.Unknown(new SendError(
            SendErrorKind.Transient, SendRetry.AfterReconnect, "The history could not be written, or a newer generation has taken it over.")),
    };

    private static SendResult NotFound(string message) => SendResult.NotSent(SendError.NotFound(message));
}
