namespace PluginGateway.Plugins.Feishu;

/// <summary>Sends messages. Each part bears a key by which the platform takes it once, whatever happens to the answer.</summary>
internal sealed class Speaker(OpenApi api, FeishuSettings settings)
{
    private const int Remembered = 1024;

    private readonly Uploads _uploads = new(api);
    private readonly Recent<string> _done = new(Remembered);

    /// <summary>Types of messages that we sent: they decide how one is edited.</summary>
    public Recent<string> Types { get; } = new(Remembered);

    public async Task<SendResult> SayAsync(OutboundMessage message, CancellationToken cancellationToken)
    {
        if (message.Chat.Thread is { } thread && !thread.StartsWith("om_", StringComparison.Ordinal))
            return SendResult.NotSent(new SendError(SendErrorKind.InvalidMessage, SendRetry.Never, $"'{thread}' is no thread of this platform: a thread is named by its first message (om_...)."));
        if (message.Text.Length == 0 && message.Attachments.Count == 0)
            return SendResult.NotSent(new SendError(SendErrorKind.InvalidMessage, SendRetry.Never, "The message is empty."));

        FittingText? text = message.Text.Length > 0 ? FittingText.Of(message.Text, message.Format, settings) : null;
        var last = "";
        for (var part = 0; part <= message.Attachments.Count; part++)
        {
            var attachment = part == 0 ? null : message.Attachments[part - 1];
            if (attachment is null && text is null) continue;
            var uuid = Uuid.Of(message.Key, part);
            if (_done.Find(uuid) is { } id)
            {
                last = id;
                continue;
            }

            var (body, refused) = attachment is null ? (text!.Value.Body, null) : await _uploads.UploadAsync(attachment, cancellationToken);
            if (body is null) return refused!;
            var answer = await PostAsync(message, body, uuid, cancellationToken);
            if (!answer.IsGood) return CodeTable.ToResult(answer, $"Sending a message ({body.Type}) to '{message.Chat.Id}'");
            last = answer.Data.String("message_id") is { Length: <= 512 } given ? given : uuid;
            _done.Set(uuid, last);
            Types.Set(last, body.Type);
        }

        var receipt = new Receipt(last);
        if (text is not { } sent || sent.Length == message.Text.Length) return SendResult.Sent(receipt);
        return SendResult.Partial(receipt with { DeliveredLength = sent.Length }, new SendError(SendErrorKind.TooLong, SendRetry.Now, $"One request holds {sent.Length} characters of this text; the rest follows."));
    }

    private async Task<ApiAnswer> PostAsync(OutboundMessage message, MessageBody body, string uuid, CancellationToken cancellationToken)
    {
        for (var target = Target.Of(message); ;)
        {
            var answer = await api.SendAsync(HttpMethod.Post, target.Path, target.Request(body, uuid), cancellationToken);
            if (answer.IsGood || answer.End != ApiEnd.Answered || target.After(answer.Code, message.Chat.Thread) is not { } other) return answer;
            target = other;
        }
    }
}
