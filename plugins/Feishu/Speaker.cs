namespace PluginGateway.Plugins.Feishu;

/// <summary>Sends messages. Each part bears a key by which the platform takes it once, whatever happens to the answer.</summary>
internal sealed class Speaker(OpenApi api, FeishuSettings settings, OwnMessages own)
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

        // Files first, the text below them; each is a message of its own on this platform.
        List<string> files = [];
        for (var i = 0; i < message.Attachments.Count; i++)
        {
            var (id, failed) = await PartAsync(message, i + 1, () => _uploads.UploadAsync(message.Attachments[i], cancellationToken), cancellationToken);
            if (failed is not null) return failed;
            files.Add(id!);
        }

        if (message.Text.Length == 0) return SendResult.Sent(Receipt([.. files]));
        var text = FittingText.Of(message.Text, message.Format, settings);
        var (said, refused) = await PartAsync(message, 0, () => Task.FromResult<(MessageBody?, SendResult?)>((text.Body, null)), cancellationToken);
        if (refused is not null) return files.Count > 0 && refused is { Outcome: SendOutcome.NotSent, Error: { } error } ? SendResult.Partial(Receipt([.. files]) with { DeliveredLength = 0 }, error) : refused;
        return text.Length == message.Text.Length
            ? SendResult.Sent(Receipt([.. files, said!]))
            : SendResult.Partial(Receipt([.. files, said!]) with { DeliveredLength = text.Length }, new SendError(SendErrorKind.TooLong, SendRetry.Now, $"One request holds {text.Length} characters of this text; the rest follows."));
    }

    private static Receipt Receipt(string[] ids) => new(ids[^1]) { EarlierParts = ids[..^1] };

    /// <summary>Sends one part, unless it has been sent.</summary>
    private async Task<(string? Id, SendResult? Failed)> PartAsync(OutboundMessage message, int part, Func<Task<(MessageBody? Body, SendResult? Failed)>> make, CancellationToken cancellationToken)
    {
        var uuid = Uuid.Of(message.Key, part);
        if (_done.Find(uuid) is { } known) return (known, null);
        var (body, refused) = await make();
        if (body is null) return (null, refused);
        var answer = await PostAsync(message, body, uuid, cancellationToken);
        if (!answer.IsGood) return (null, CodeTable.ToResult(answer, $"Sending a message ({body.Type}) to '{message.Chat.Id}'"));
        var id = answer.Data.String("message_id") is { Length: <= 512 } given ? given : uuid;
        _done.Set(uuid, id);
        Types.Set(id, body.Type);
        own.Add(id);
        return (id, null);
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
