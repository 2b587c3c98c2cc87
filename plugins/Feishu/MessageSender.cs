using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Sends messages. Each part has a key by which the platform accepts it only once, even if its answer is lost.</summary>
internal sealed class MessageSender(OpenApi api, FeishuSettings settings, OwnMessages own, Threads threads, Places places, IPluginLog log)
{
    private const int Remembered = 1024;

    /// <summary>A message of three forms (card, post, text) meets so many unknown codes in four attempts.</summary>
    private const int MostOddities = 12;

    private readonly Uploads _uploads = new(api);
    private readonly Recent<string> _done = new(Remembered);
    private readonly Recent<Oddity> _odd = new(Remembered);

    /// <summary>Types of the messages that this generation sent, by which an edit chooses its form.</summary>
    public Recent<string> Types { get; } = new(Remembered);

    public async Task<SendResult> SayAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        if (message.Chat.Thread is { } thread && !Threads.IsThreadId(thread) && !Threads.IsMessageId(thread))
            return SendResult.NotSent(SendError.InvalidMessage(
                $"'{thread}' is no thread of this platform: a thread is named by its id (omt_...)."));
        if (message.VisibleTo is not null && Target.ChatIdOf(message.Chat.Id) is not null)
            return SendResult.NotSent(SendError.InvalidMessage($"'{message.Chat.Id}' is a chat and no person: nobody was shown the message."));
        if (Target.BeginsThread(message) is null)
            return SendResult.NotSent(SendError.InvalidMessage($"The option feishu.{Target.ReplyInThread} is 'true' or 'false'."));
        if (message.Text.Length == 0 && message.Attachments.Count == 0)
            return SendResult.NotSent(SendError.InvalidMessage("The message is empty."));

        // Files first, the text below them; each is a message of its own on this platform.
        List<string> files = [];
        for (var i = 0; i < message.Attachments.Count; i++)
        {
            var (id, failed) = await FileAsync(message, i, cancellationToken);
            if (failed is not null) return failed;
            files.Add(id!);
        }

        if (message.Text.Length == 0 && message.Buttons.Count == 0) return SendResult.Sent(Receipt([.. files]));
        var (said, length, refused) = await TextAsync(message, cancellationToken);
        if (refused is not null)
            return files.Count > 0 && message.Text.Length > 0 && refused is { Outcome: SendOutcome.NotSent, Error: { } error }
                ? SendResult.Partial(Receipt([.. files]) with { DeliveredLength = 0 }, error)
                : refused;
        return length == message.Text.Length
            ? SendResult.Sent(Receipt([.. files, said!]))
            : SendResult.Partial(Receipt([.. files, said!]) with { DeliveredLength = length },
                new SendError(SendErrorKind.TooLong, SendRetry.WithBackoff, $"One request holds {length} characters of this text; the rest follows."));
    }

    private static Receipt Receipt(string[] ids) => new(ids[^1]) { EarlierParts = ids[..^1] };

    /// <summary>Sends as much of the text as one request holds, in the first form that the platform takes. With buttons that is a card, with its
    /// Markdown or else with the text as it is written.</summary>
    private async Task<(string? Id, int Length, SendResult? Failed)> TextAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        var forms = MessageBody.FormsOf(message.Format, settings, message.Buttons.Count > 0);
        var buttons = new CardButtons(message.Chat, message.Buttons);
        for (var i = 0; ; i++)
        {
            var text = FittingText.Of(message.Text, forms[i], message.Format, settings, buttons);
            var (id, failed) = await PartAsync(message, 0, () => Task.FromResult<(MessageBody?, SendResult?)>((text.Body, null)), cancellationToken);
            if (failed is null || !CodeTable.IsFormRefused(failed)) return (id, text.Length, failed);
            if (message is { Buttons.Count: > 0, Format: TextFormat.Markdown })
            {
                log.Information(
                    $"The platform refused a card with buttons to '{message.Chat.Id}' ({failed.Error!.Message}); its text is sent without its format.");
                return await TextAsync(message with { Format = TextFormat.Plain }, cancellationToken);
            }

            if (i == forms.Count - 1) return (id, text.Length, failed);
            log.Information(
                $"The platform refused a message to '{message.Chat.Id}' as '{forms[i]}' ({failed.Error!.Message}); it is sent as '{forms[i + 1]}'.");
        }
    }

    /// <summary>Sends one file by its kind (picture, audio, video), or as a plain file where the platform refuses that.</summary>
    private async Task<(string? Id, SendResult? Failed)> FileAsync(OutboundMessage message, int index, CancellationToken cancellationToken)
    {
        var attachment = message.Attachments[index];
        var (id, failed) = await PartAsync(
            message, index + 1, () => _uploads.UploadAsync(attachment, asFile: false, cancellationToken), cancellationToken);
        if (failed is null || !Uploads.HasOtherForm(attachment) || !CodeTable.IsFormRefused(failed)) return (id, failed);
        log.Information(
            $"The platform refused an attachment to '{message.Chat.Id}' as {attachment.Kind} ({failed.Error!.Message}); it is sent as a file.");
        return await PartAsync(message, index + 1, () => _uploads.UploadAsync(attachment, asFile: true, cancellationToken), cancellationToken);
    }

    /// <summary>Sends one part, unless it has been sent.</summary>
    private async Task<(string? Id, SendResult? Failed)> PartAsync(
        OutboundMessage message, int part, Func<Task<(MessageBody? Body, SendResult? Failed)>> make, CancellationToken cancellationToken)
    {
        var uuid = Uuid.Of(message.Key, part);
        if (_done.Find(uuid) is { } known) return (known, null);
        var (body, refused) = await make();
        if (body is null) return (null, refused);
        var answer = await PostAsync(message, body, uuid, cancellationToken);
        if (!answer.IsGood) return (null, Failed(answer, uuid, $"Sending a message ({body.Type}) to '{message.Chat.Id}'"));
        // Sent again with the same key, the message is not doubled: an answer without a message id may come from an intermediary.
        if (answer.Data.ValueKind != JsonValueKind.Object)
            return (null, CodeTable.ToResult(answer with { End = ApiEnd.Unknown, Text = "the answer says that it is done, and names no message" },
                $"Sending a message ({body.Type}) to '{message.Chat.Id}'"));
        var id = answer.Data.String("message_id") is { Length: <= 512 } given ? given : uuid;
        _done.Set(uuid, id);
        Types.Set(id, body.Type);
        own.Add(id);
        var thread = answer.Data.Id("thread_id") ?? message.Chat.Thread;
        if ((answer.Data.Id("chat_id") ?? Target.ChatIdOf(message.Chat.Id)) is { } chat) places.Sent(id, chat, thread, message.Chat.Id);
        // A user's message is preferred as the one to answer: the bot's own is used only where none is known.
        if (thread is not null && threads.AnchorOf(thread) is null) threads.Saw(thread, id);
        return (id, null);
    }

    /// <summary>Returns the result of a failure. An unknown code counts as transient a few times, and then as a refusal.</summary>
    private SendResult Failed(ApiAnswer answer, string uuid, string what)
    {
        var result = CodeTable.ToResult(answer, what);
        if (!CodeTable.IsUnknown(answer)) return result;
        var times = (_odd.Find(uuid)?.Times ?? 0) + 1;
        _odd.Set(uuid, new Oddity(times));
        return times < MostOddities || result.Error is not { } error ? result
            : SendResult.NotSent(error with { Retry = SendRetry.Never });
    }

    private async Task<ApiAnswer> PostAsync(OutboundMessage message, MessageBody body, string uuid, CancellationToken cancellationToken)
    {
        ApiAnswer? gone = null;
        await foreach (var target in Target.OfAsync(message, threads, cancellationToken))
        {
            // The message was not sent: the look-up precedes it.
            if (target.Failed is { } failed)
                return failed with
                {
                    End = failed.End == ApiEnd.Unknown || failed.Status >= 500 ? ApiEnd.NotLeft : failed.End,
                    Text = $"where the thread '{message.Chat.Thread}' stands is not known: {failed.Text}"
                };
            if (gone is not null) log.Information(
                $"The message or thread to answer in '{message.Chat.Id}' is gone ({gone.Text}); the answer goes {(target.ReplyTo is null ? "into the chat" : "into the thread")}.");
            var answer = await api.SendAsync(HttpMethod.Post, target.Path, target.Request(body, uuid), cancellationToken);
            if (target.ReplyTo is null || !CodeTable.IsTargetGone(answer)) return answer;
            gone = answer;
        }

        return gone!; // not reached: the last target is the chat
    }

    /// <summary>Number of answers with an unknown code to a part.</summary>
    private sealed record Oddity(int Times);
}
