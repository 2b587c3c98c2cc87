using Telegram.Bot.Requests;
using Telegram.Bot.Requests.Abstractions;
using Telegram.Bot.Types;
using Telegram.Bot.Types.Enums;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Edits, deletions and reactions of sent messages. A repetition changes nothing.</summary>
internal sealed class MessageEditor(BotApi api, Migrations migrations, MessageSender messageSender, IPluginLog log)
{
    public async Task<SendResult> EditAsync(MessageEdit edit, CancellationToken cancellationToken)
    {
        if (await TargetAsync(edit.Message, cancellationToken) is not { } target) return NoSuchMessage();
        var html = edit.Format == TextFormat.Markdown ? Markup.ToHtml(edit.Text, MessageSender.LongestText) : null;
        var isCaption = false;
        while (true)
        {
            var (text, mode) = (html ?? edit.Text, html is null ? ParseMode.None : ParseMode.Html);
            IRequest request = isCaption
                ? new EditMessageCaptionRequest
                {
                    ChatId = target.Chat,
                    MessageId = target.Message,
                    Caption = text,
                    ParseMode = mode,
                    ReplyMarkup = Keyboard.Of(edit.Buttons)
                }
                : new EditMessageTextRequest
                {
                    ChatId = target.Chat,
                    MessageId = target.Message,
                    Text = text,
                    ParseMode = mode,
                    LinkPreviewOptions = MessageSender.Preview(edit.LinkPreview),
                    ReplyMarkup = Keyboard.Of(edit.Buttons),
                };
            var failure = (await api.CallAsync(request, null, cancellationToken)).Failure;
            if (failure is null || failure.Says("message is not modified")) return SendResult.Sent(edit.Message.MessageId);
            if (html is not null && MessageSender.IsMarkupFault(failure))
            {
                log.Information($"Telegram does not take the markup of an edit of the message {target.Message} in '{edit.Message.Chat.Id}' ({failure.Description}); the text is shown as it was written.");
                html = null;
            }
            else if (!isCaption && failure.Says("there is no text in the message to edit")) isCaption = true;
            else return messageSender.Fail(failure, edit.Message.Chat.Id, isRepeatable: true);
        }
    }

    /// <summary>Answers a press; one that is too late is refused by Telegram, and nobody waits for it any more.</summary>
    public async Task AnswerAsync(TicketAnswer answer, CancellationToken cancellationToken)
    {
        var request = new AnswerCallbackQueryRequest { CallbackQueryId = answer.Ticket.Value, Text = answer.Answer.Text };
        if ((await api.CallAsync(request, null, cancellationToken)).Failure is { } failure)
            log.Debug($"Telegram does not take the answer to a press: {failure.Description}");
    }

    public async Task<SendResult> DeleteAsync(MessageRef message, CancellationToken cancellationToken)
    {
        if (await TargetAsync(message, cancellationToken) is not { } target) return NoSuchMessage();
        var failure =
            (await api.CallAsync(new DeleteMessageRequest { ChatId = target.Chat, MessageId = target.Message }, null, cancellationToken)).Failure;
        return failure is null || failure.Says("message to delete not found")
            ? SendResult.Sent(message.MessageId)
            : messageSender.Fail(failure, message.Chat.Id, isRepeatable: true);
    }

    public async Task<SendResult> ReactAsync(ReactionUpdate reaction, CancellationToken cancellationToken)
    {
        if (await TargetAsync(reaction.Message, cancellationToken) is not { } target) return NoSuchMessage();
        // The list of reactions has its emoji without the variation selectors that people and models write; the joiner is part of some.
        ReactionType[] all = reaction.Emoji?.Replace("\uFE0E", "", StringComparison.Ordinal)
            .Replace("\uFE0F", "", StringComparison.Ordinal) is not { Length: > 0 } emoji
            ? []
            : emoji.All(char.IsAsciiDigit) ? [new ReactionTypeCustomEmoji { CustomEmojiId = emoji }] : [new ReactionTypeEmoji { Emoji = emoji }];
        var failure = (await api.CallAsync(
            new SetMessageReactionRequest { ChatId = target.Chat, MessageId = target.Message, Reaction = all }, null, cancellationToken)).Failure;
        return failure is null
            ? SendResult.Sent(reaction.Message.MessageId)
            : messageSender.Fail(failure, reaction.Message.Chat.Id, isRepeatable: true);
    }

    private async Task<(ChatId Chat, int Message)?> TargetAsync(MessageRef message, CancellationToken cancellationToken) =>
        Destination.ChatOf(await migrations.ResolveAsync(message.Chat.Id, cancellationToken)) is { } chat
        && Destination.NumberOf(message.MessageId) is { } id ? (chat, id) : null;

    private static SendResult NoSuchMessage() =>
        SendResult.NotSent(SendError.NotFound("A chat is a number or '@channel', a message is a number."));
}
