using System.Globalization;
using System.Text.Json;
using Telegram.Bot.Requests;
using Telegram.Bot.Types;
using Telegram.Bot.Types.Enums;
using Telegram.Bot.Types.ReplyMarkups;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Sends messages: one request a call. A text, or a file, or an album; the last file bears the text. What is left of a message is sent by the
/// next call, so that nothing but one request is ever in doubt.</summary>
internal sealed class MessageSender(
    AdapterContext context, TelegramSettings settings, BotApi api, Migrations migrations, FloodScope floods,
    Action<ApiFailure> unauthorized)
{
    public const int LongestText = 4096;
    public const int LongestCaption = 1024;

    public async Task<SendResult> SayAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        if (message.Attachments.Count == 0 && message.Location is null && string.IsNullOrWhiteSpace(message.Text))
            return Refuse(SendErrorKind.InvalidMessage, "Telegram takes no message without anything to see in it.");
        var chat = await migrations.ResolveAsync(message.Chat.Id, cancellationToken);
        if (Destination.Of(chat, message.Chat.Thread, message.ReplyTo) is null)
            return Refuse(SendErrorKind.NotFound, "A chat is a number or '@channel', a topic is a number.");
        if (message.VisibleTo is not null && !Destination.IsPerson(chat))
            return Refuse(SendErrorKind.InvalidMessage, $"'{chat}' is no person but a chat, which has no direct chat: nobody was shown the message.");
        if (MessageOptions.Read(message.Extras, out var wrong) is null) return Refuse(SendErrorKind.InvalidMessage, wrong);
        var keyboard = Keyboard.Of(message.Buttons);
        if (message.Attachments.Count == 0) return (await SendPartAsync(message, [], message.Text, keyboard, cancellationToken)).Result;
        var (files, problem) = FirstFilesOf(message);
        if (files.Length == 0) return Refuse(SendErrorKind.InvalidMessage, problem!);
        var isLast = files.Length == message.Attachments.Count;
        var text = string.IsNullOrWhiteSpace(message.Text) ? null : message.Text;
        // An album has no buttons: they stand beneath the text, or beneath the last file.
        if (keyboard is not null && text is null && isLast && files.Length > 1) (files, isLast) = (files[..^1], false);
        var caption = isLast && files[^1].HasCaption && (keyboard is null || files.Length == 1) ? text : null;
        var end = await SendPartAsync(message, files, caption, isLast && caption == text ? keyboard : null, cancellationToken);
        if (end.Result is not { Outcome: SendOutcome.Sent, Receipt: { } receipt } || (end.Files == message.Attachments.Count && caption == text))
            return end.Result;
        return SendResult.Partial(receipt with { DeliveredAttachments = end.Files, DeliveredLength = 0 }, SendError.Transient(
            $"{end.Files} of {message.Attachments.Count} files have arrived; the rest follows."));
    }

    /// <summary>Returns the first files of a message that go together, up to one that cannot be sent.</summary>
    private (OutboundFile[] Files, string? Problem) FirstFilesOf(OutboundMessage message)
    {
        List<OutboundFile> files = [];
        string? problem = null;
        foreach (var attachment in message.Attachments)
        {
            var size = SizeOf(attachment.Path);
            problem = size < 0 ? $"The file '{attachment.Path}' cannot be read."
                : size > settings.LargestUpload ? TooLarge(attachment.Path, size) : null;
            if (problem is not null) break;
            files.Add(OutboundFile.Of(attachment, size));
        }

        return files.Count == 0 ? ([], problem) : ([.. files.Take(Album.LengthOf(files, settings.LargestUpload))], problem);
    }

    private async Task<PartEnd> SendPartAsync(
        OutboundMessage message, OutboundFile[] files, string? text, InlineKeyboardMarkup? keyboard, CancellationToken cancellationToken)
    {
        var html = message.Format == TextFormat.Markdown && text is not null
            ? Markup.ToHtml(text, files.Length == 0 ? LongestText : LongestCaption)
            : null;
        var (chat, isMoved) = (await migrations.ResolveAsync(message.Chat.Id, cancellationToken), false);
        var (thread, replyTo) = (message.Chat.Thread, message.ReplyTo);
        while (true)
        {
            var to = Destination.Of(chat, thread, replyTo)! with
            {
                IsSilent = message.Silent,
                Options = MessageOptions.Read(message.Extras, out _)!,
                Keyboard = keyboard,
            };
            ApiAnswer answer;
            try
            {
                answer = message.Location is { } place ? await api.CallAsync(PlaceRequest.Of(to, place), null, cancellationToken)
                    : files.Length == 0 ? await api.CallAsync(TextRequest(to, html, text, message.LinkPreview), null, cancellationToken)
                    : await SendFilesAsync(to, html ?? text, html is null ? ParseMode.None : ParseMode.Html, files, cancellationToken);
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                return new PartEnd(Refuse(SendErrorKind.InvalidMessage, $"A file of the message cannot be read: {unreadable.Message}"), 0);
            }

            if (answer.Failure is not { } failure) return new PartEnd(Sent(answer.Result), files.Length);
            // Each of these requests was refused, so no message is sent twice; and each case can occur only once, or for fewer files.
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
            else if (files.Length > 1 && (Album.IsRefused(failure) || IsFormFault(failure)))
            {
                var fewer = Album.LengthBefore(failure, files.Length);
                context.Log.Information(
                    $"Telegram does not take {files.Length} files to '{chat}' as one album ({failure.Description}); {fewer} of them go first.");
                (files, text, html) = (files[..fewer], null, null);
            }
            else if (files is [{ Form: not FileForm.Document } file] && IsFormFault(failure))
            {
                context.Log.Information($"Telegram does not take a file to '{chat}' as {file.Form} ({failure.Description}); it goes as a document.");
                files = [file with { Form = FileForm.Document }];
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
                return new PartEnd(Fail(failure, chat), 0);
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
        ProtectContent = to.Options.IsProtected,
        MessageEffectId = to.Options.Effect,
        ReplyMarkup = to.Keyboard,
        LinkPreviewOptions = Preview(linkPreview),
    };

    /// <summary>Options of a text; null: those of the platform.</summary>
    public static LinkPreviewOptions? Preview(bool linkPreview) => linkPreview ? null : new LinkPreviewOptions { IsDisabled = true };

    /// <summary>Sends one file, or an album with the text as the caption of its last file, which Telegram shows as that of the album.</summary>
    private async Task<ApiAnswer> SendFilesAsync(
        Destination to, string? text, ParseMode parseMode, OutboundFile[] files, CancellationToken cancellationToken)
    {
        List<FileStream> contents = [];
        try
        {
            foreach (var file in files) contents.Add(file.Open());
            return await api.CallAsync(files is [var only] ? only.Request(contents[0], to, text, parseMode) : new SendMediaGroupRequest
            {
                ChatId = to.Chat,
                Media = [.. files.Select((file, at) => file.InAlbum(contents[at], at == files.Length - 1 ? text : null, parseMode))],
                MessageThreadId = to.Topic,
                ReplyParameters = to.ReplyTo,
                DisableNotification = to.IsSilent,
                ProtectContent = to.Options.IsProtected,
                MessageEffectId = to.Options.Effect,
            }, null, cancellationToken);
        }
        finally
        {
            foreach (var content in contents) await content.DisposeAsync();
        }
    }

    public SendResult Fail(ApiFailure failure, string chat, bool isRepeatable = false)
    {
        if (failure.IsUnauthorized) unauthorized(failure);
        var scope = failure.Code == 429 ? floods.Meet(chat, failure.RetryAfter ?? TimeSpan.FromSeconds(5)) : RateLimitScope.Chat;
        return SendErrors.Of(failure, scope, isRepeatable);
    }

    public static bool IsMarkupFault(ApiFailure failure) =>
        failure is { Kind: FailureKind.Refused, Code: 400 } && (failure.Says("can't parse entities") || failure.Says("is too long")
            || failure.Says("ENTITY") || failure.Says("ENTITIES") || failure.Says("text is empty") || failure.Says("MESSAGE_EMPTY"));

    /// <summary>Returns true if Telegram refuses the bytes, sides, length or kind of a file as a photo, voice message, piece of music, video or
    /// sticker, or in this chat; as a document it may accept it.</summary>
    private static bool IsFormFault(ApiFailure failure) => failure is { Kind: FailureKind.Refused, Code: 400 or 403 }
        && (failure.Says("PHOTO") || failure.Says("IMAGE") || failure.Says("VOICE") || failure.Says("AUDIO") || failure.Says("VIDEO")
            || failure.Says("STICKER") || failure.Says("MEDIA_") || failure.Says("wrong type") || failure.Says("wrong file"));

    private static bool IsReplyFault(ApiFailure failure) => failure is { Kind: FailureKind.Refused, Code: 400 }
        && (failure.Says("replied not found") || failure.Says("reply message not found") || failure.Says("REPLY_MESSAGE_ID_INVALID"));

    private static bool IsThreadFault(ApiFailure failure) => failure is { Kind: FailureKind.Refused, Code: 400 }
        && (failure.Says("thread not found") || failure.Says("TOPIC_DELETED") || failure.Says("TOPIC_ID_INVALID")
            || failure.Says("thread is not available"));

    /// <summary>Returns the result for the answer: a message, or those of an album.</summary>
    private static SendResult Sent(JsonElement result)
    {
        JsonElement[] messages = result.ValueKind == JsonValueKind.Array ? [.. result.EnumerateArray()] : [result];
        string[] ids = [.. messages.Select(static one => one.Number("message_id")).OfType<long>()
            .Select(static id => id.ToString(CultureInfo.InvariantCulture))];
        if (ids.Length == 0)
            return SendResult.Unknown(SendError.Transient("The Bot API said ok, and not which message it made."));
        return SendResult.Sent(new Receipt(ids[^1])
        {
            EarlierParts = ids[..^1],
            PlatformTime = messages[^1].Number("date") is > 0 and < 253_402_300_800 and var date
                ? DateTimeOffset.FromUnixTimeSeconds((long)date)
                : null
        });
    }

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

    /// <summary>End of one request, and how many files it has sent.</summary>
    private sealed record PartEnd(SendResult Result, int Files);
}
