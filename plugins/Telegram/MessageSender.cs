using System.Globalization;
using System.Text.Json;
using Telegram.Bot.Requests;
using Telegram.Bot.Types;
using Telegram.Bot.Types.Enums;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Sends messages: a text, or a file that bears the text where it is short enough.</summary>
internal sealed class MessageSender(
    AdapterContext context, TelegramSettings settings, BotApi api, Migrations migrations, FloodScope floods, GroupPace pace,
    Action<ApiFailure> unauthorized)
{
    public const int LongestText = 4096;
    public const int LongestCaption = 1024;
    public const int MostFiles = 1;

    public async Task<SendResult> SayAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        if (message.Attachments.Count == 0 && string.IsNullOrWhiteSpace(message.Text))
            return Refuse(SendErrorKind.InvalidMessage, "Telegram takes no message without anything to see in it.");
        var chat = await migrations.ResolveAsync(message.Chat.Id, cancellationToken);
        if (Destination.Of(chat, message.Chat.Thread, message.ReplyTo) is null)
            return Refuse(SendErrorKind.NotFound, "A chat is a number or '@channel', a topic is a number.");
        if (message.Attachments.Count > MostFiles) return Refuse(SendErrorKind.InvalidMessage, $"One message carries {MostFiles} file.");
        List<string> arrived = [];
        Receipt? last = null;
        foreach (var part in PartsOf(message))
        {
            var end = await SendPartAsync(part, message, cancellationToken);
            // The file has arrived and its text has not: the text is still owed, and the file is not sent again.
            if (end is { Outcome: SendOutcome.NotSent, Error: { } error } && last is not null)
                return SendResult.Partial(last with { DeliveredLength = 0 }, error);
            if (end is not { Outcome: SendOutcome.Sent, Receipt: { } receipt }) return end;
            last = receipt with { EarlierParts = [.. arrived] };
            arrived.Add(receipt.MessageId);
        }

        return SendResult.Sent(last!);
    }

    /// <summary>Divides a message into parts: a text longer than a caption may be follows its file.</summary>
    private static List<Part> PartsOf(OutboundMessage message)
    {
        if (message.Attachments.Count == 0) return [new Part(message.Text, null)];
        var file = message.Attachments[0];
        if (string.IsNullOrWhiteSpace(message.Text)) return [new Part(null, file)];
        return message.Text.Length <= LongestCaption ? [new Part(message.Text, file)] : [new Part(null, file), new Part(message.Text, null)];
    }

    private async Task<SendResult> SendPartAsync(Part part, OutboundMessage message, CancellationToken cancellationToken)
    {
        if (Wait(message.Chat.Id) is { } wait) return wait;
        var size = part.File is { } attachment ? SizeOf(attachment.Path) : 0;
        if (size < 0) return Refuse(SendErrorKind.InvalidMessage, $"The file '{part.File!.Path}' cannot be read.");
        if (size > settings.LargestUpload) return Refuse(SendErrorKind.InvalidMessage, TooLarge(part.File!.Path, size));
        var file = part.File is null ? null : OutboundFile.Of(part.File, size);
        var html = message.Format == TextFormat.Markdown && part.Text is not null
            ? Markup.ToHtml(part.Text, file is null ? LongestText : LongestCaption)
            : null;
        var (chat, isMoved) = (await migrations.ResolveAsync(message.Chat.Id, cancellationToken), false);
        var (thread, replyTo) = (message.Chat.Thread, message.ReplyTo);
        while (true)
        {
            var to = Destination.Of(chat, thread, replyTo)! with { IsSilent = message.Silent };
            ApiAnswer answer;
            try
            {
                answer = file is null
                    ? await api.CallAsync(TextRequest(to, html, part.Text, message.LinkPreview), null, cancellationToken)
                    : await SendFileAsync(to, html ?? part.Text, html is null ? ParseMode.None : ParseMode.Html, file, cancellationToken);
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                return Refuse(SendErrorKind.InvalidMessage, $"The file '{part.File?.Path}' cannot be read: {unreadable.Message}");
            }

            if (answer.Failure is not { } failure) return Sent(answer.Result);
            // Each of these requests was refused, so no message is sent twice; and each case can occur only once.
            if (html is not null && IsMarkupFault(failure))
            {
                context.Log.Information(
                    $"Telegram does not take the markup of a message to '{chat}' ({failure.Description}); the text goes as it was written.");
                html = null;
            }
            else if (failure.MigrateTo is { } supergroup && !isMoved)
            {
                var moved = supergroup.ToString(CultureInfo.InvariantCulture);
                await migrations.LearnAsync(message.Chat.Id, moved, cancellationToken);
                (chat, isMoved) = (moved, true);
            }
            else if (file is { Form: not FileForm.Document } && IsFormFault(failure))
            {
                context.Log.Information($"Telegram does not take a file to '{chat}' as {file.Form} ({failure.Description}); it goes as a document.");
                file = file with { Form = FileForm.Document };
            }
            else if (replyTo is not null && IsReplyFault(failure))
            {
                context.Log.Information($"The message to answer in '{chat}' is gone ({failure.Description}); the answer goes without it.");
                replyTo = null;
            }
            else if (thread is not null && IsThreadFault(failure))
            {
                context.Log.Information($"The topic {thread} of '{chat}' is gone ({failure.Description}); the message goes into the chat.");
                thread = null;
            }
            else
            {
                return Fail(failure, chat);
            }
        }
    }

    private static SendMessageRequest TextRequest(Destination to, string? html, string? text, bool linkPreview) => new()
    {
        ChatId = to.Chat,
        Text = html ?? text!,
        MessageThreadId = to.Topic,
        ReplyParameters = to.ReplyTo,
        ParseMode = html is null ? ParseMode.None : ParseMode.Html,
        DisableNotification = to.IsSilent,
        LinkPreviewOptions = Preview(linkPreview),
    };

    /// <summary>Options of a text; null: those of the platform.</summary>
    public static LinkPreviewOptions? Preview(bool linkPreview) => linkPreview ? null : new LinkPreviewOptions { IsDisabled = true };

    private async Task<ApiAnswer> SendFileAsync(
        Destination to, string? text, ParseMode parseMode, OutboundFile file, CancellationToken cancellationToken)
    {
        await using var content = new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, FileOptions.Asynchronous);
        return await api.CallAsync(file.Request(content, to, text, parseMode), null, cancellationToken);
    }

    /// <summary>Returns the result for a message or an edit over the group's limit for the minute; null: within the limit.</summary>
    public SendResult? Wait(string chat) => pace.Take(chat) is { Ticks: > 0 } wait
        ? SendResult.NotSent(SendError.RateLimited(wait, RateLimitScope.Chat, $"Telegram takes {GroupPace.Most} messages a minute in a group."))
        : null;

    public SendResult Fail(ApiFailure failure, string chat, bool isRepeatable = false)
    {
        if (failure.IsUnauthorized) unauthorized(failure);
        var scope = failure.Code == 429 ? floods.Meet(chat, failure.RetryAfter ?? TimeSpan.FromSeconds(5)) : RateLimitScope.Chat;
        return SendErrors.Of(failure, scope, isRepeatable);
    }

    public static bool IsMarkupFault(ApiFailure failure) =>
        failure is { Kind: FailureKind.Refused, Code: 400 } && (failure.Says("can't parse entities") || failure.Says("is too long")
            || failure.Says("ENTITY") || failure.Says("ENTITIES") || failure.Says("text is empty") || failure.Says("MESSAGE_EMPTY"));

    /// <summary>Returns true if Telegram refuses the bytes, sides, length or kind of a file as a photo, voice message, piece of music or video, or in
    /// this chat; as a document it may accept it.</summary>
    private static bool IsFormFault(ApiFailure failure) => failure is { Kind: FailureKind.Refused, Code: 400 or 403 }
        && (failure.Says("PHOTO") || failure.Says("IMAGE") || failure.Says("VOICE") || failure.Says("AUDIO") || failure.Says("VIDEO")
            || failure.Says("MEDIA_") || failure.Says("wrong type") || failure.Says("wrong file"));

    private static bool IsReplyFault(ApiFailure failure) => failure is { Kind: FailureKind.Refused, Code: 400 }
        && (failure.Says("replied not found") || failure.Says("reply message not found") || failure.Says("REPLY_MESSAGE_ID_INVALID"));

    private static bool IsThreadFault(ApiFailure failure) => failure is { Kind: FailureKind.Refused, Code: 400 }
        && (failure.Says("thread not found") || failure.Says("TOPIC_DELETED") || failure.Says("TOPIC_ID_INVALID")
            || failure.Says("thread is not available"));

    private static SendResult Sent(JsonElement result) => result.Number("message_id") is { } id
        ? SendResult.Sent(new Receipt(id.ToString(CultureInfo.InvariantCulture))
        {
            PlatformTime = result.Number("date") is > 0 and < 253_402_300_800 and var date ? DateTimeOffset.FromUnixTimeSeconds((long)date) : null
        })
        : SendResult.Unknown(new SendError(SendErrorKind.Transient, SendRetry.WithBackoff, "The Bot API said ok, and not which message it made."));

    private static SendResult Refuse(SendErrorKind kind, string why) => SendResult.NotSent(new SendError(kind, SendRetry.Never, why));

    private string TooLarge(string path, long size) => settings.LocalFiles is not null
        ? $"The file '{path}' has {size} bytes; a Bot API server that was started with --local takes {settings.LargestUpload}."
        : $"The file '{path}' has {size} bytes; Telegram takes {settings.LargestUpload}. "
            + $"A Bot API server of your own that was started with --local takes {OutboundFile.LargestLocalFile} (settings.localFiles).";

    private static long SizeOf(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true } file ? file.Length : -1;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return -1;
        }
    }

    /// <summary>Parts that Telegram shows as one message.</summary>
    private sealed record Part(string? Text, OutboundAttachment? File);
}
