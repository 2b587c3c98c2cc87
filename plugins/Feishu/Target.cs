namespace PluginGateway.Plugins.Feishu;

/// <summary>Destination of a message: a chat, or a message to answer.</summary>
/// <param name="ChatId">The chat.</param>
/// <param name="ReplyTo">The message to answer; null for none.</param>
/// <param name="InThread">True: the answer belongs into the thread.</param>
internal sealed record Target(string ChatId, string? ReplyTo, bool InThread)
{
    /// <summary>Option of an answer: <c>true</c> begins a thread beneath the message that it answers (vendor's page of "reply").</summary>
    public const string ReplyInThread = "reply_in_thread";

    private const string ChatIdType = "chat_id";

    /// <summary>Failed look-up of the thread: the message's destination is unknown, and it is not sent.</summary>
    public ApiAnswer? Failed { get; private init; }

    public string Path => ReplyTo is { } id
        ? $"/open-apis/im/v1/messages/{Uri.EscapeDataString(id)}/reply"
        : $"/open-apis/im/v1/messages?receive_id_type={IdType(ChatId)}";

    public byte[] Request(MessageBody body, string uuid) => Json.Bytes(json =>
    {
        json.WriteStartObject();
        if (ReplyTo is null) json.WriteString("receive_id", ChatId);
        json.WriteString("msg_type", body.Type);
        json.WriteString("content", body.Content);
        if (ReplyTo is not null && InThread) json.WriteBoolean(ReplyInThread, true);
        json.WriteString("uuid", uuid);
        json.WriteEndObject();
    });

    /// <summary>Targets of a message, the best first: the message it answers, the thread, the chat. The next one is for a platform that says that the
    /// one before is gone.</summary>
    /// <param name="message">The message.</param>
    /// <param name="threads">Names the message to answer in a thread.</param>
    /// <param name="cancellationToken">Ends a question to the platform.</param>
    public static async IAsyncEnumerable<Target> OfAsync(
        OutboundMessage message, Threads threads, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (chat, thread) = (message.Chat.Id, message.Chat.Thread);
        if (message.ReplyTo is { } asked) yield return new(chat, asked, thread is not null || BeginsThread(message) == true);
        if (thread is not null)
        {
            var anchor = threads.AnchorOf(thread);
            if (anchor is not null && anchor != message.ReplyTo) yield return new(chat, anchor, true);
            var (last, failed) = await threads.AskAnchorAsync(thread, cancellationToken);
            if (failed is not null) yield return new(chat, null, true) { Failed = failed };
            if (last is not null && last != anchor && last != message.ReplyTo) yield return new(chat, last, true);
        }

        yield return new(chat, null, false);
    }

    /// <summary>Reads <see cref="ReplyInThread"/>; null when it is neither true nor false.</summary>
    public static bool? BeginsThread(OutboundMessage message) => !message.Extras.TryGetValue(ReplyInThread, out var given) ? false
        : bool.TryParse(given, out var begins) ? begins : null;

    /// <summary>Returns the id of a chat; null for the id of a person, whose chat has another one.</summary>
    public static string? ChatIdOf(string id) => IdType(id) == ChatIdType ? id : null;

    /// <summary>Returns the type of an id, by its prefix.</summary>
    private static string IdType(string id) => id switch
    {
        _ when id.StartsWith("oc_", StringComparison.Ordinal) => ChatIdType,
        _ when id.StartsWith("ou_", StringComparison.Ordinal) => "open_id",
        _ when id.StartsWith("on_", StringComparison.Ordinal) => "union_id",
        _ when id.Contains('@', StringComparison.Ordinal) => "email",
        _ => "user_id",
    };
}
