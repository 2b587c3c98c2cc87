namespace PluginGateway.Plugins.WebChat;

/// <summary>Requests to the paths of the chat: the page, its posts, its streams and its files.</summary>
internal sealed class ChatRequests(
    AdapterContext context, WebChatSettings settings, ChatHistory history, ChatFiles files, IdThrottle throttle)
{
    /// <summary>Header with the id of a conversation, percent-encoded. Every client that knows the id can read and write there, and a query would be
    /// written to the access logs of proxies.</summary>
    private const string Header = "Chat-Conversation";

    private const string FilePrefix = "/files/";

    /// <summary>Files that are in memory at once, each twice for a moment.</summary>
    private const int MostReads = 4;

    private readonly SemaphoreSlim _reads = new(MostReads);
    private readonly ChatPosts _posts = new(context, settings, history, files, throttle);

    /// <summary>Answers one request.</summary>
    public Task<HttpReply> HandleAsync(HttpCall call, CancellationToken cancellationToken) => (call.Path, call.Method) switch
    {
        ("/messages", "POST") => _posts.MessageAsync(call, cancellationToken),
        ("/edits", "POST") => _posts.EditAsync(call, cancellationToken),
        ("/deletions", "POST") => _posts.DeletionAsync(call, cancellationToken),
        ("/reactions", "POST") => _posts.ReactionAsync(call, cancellationToken),
        ("/presses", "POST") => _posts.PressAsync(call, cancellationToken),
        ("/reads", "POST") => _posts.ReadAsync(call, cancellationToken),
        ("/files", "POST") => ConversationOf(call, out var refusal) is { } conversation
            ? _posts.FileAsync(call, conversation)
            : Task.FromResult(refusal),
        ("/messages" or "/edits" or "/deletions" or "/reactions" or "/presses" or "/reads" or "/files", _) =>
            Task.FromResult(ChatReplies.MethodNotAllowed("POST")),
        (_, "GET" or "HEAD") => call.Path.StartsWith(FilePrefix, StringComparison.Ordinal)
            ? FileAsync(call.Path[FilePrefix.Length..], cancellationToken)
            : GetAsync(call, cancellationToken),
        _ => Task.FromResult(ChatReplies.MethodNotAllowed("GET, HEAD")),
    };

    private async Task<HttpReply> GetAsync(HttpCall call, CancellationToken cancellationToken) => call.Path switch
    {
        "/events" => ConversationOf(call, out var refusal) is { } conversation ? await EventsAsync(call, conversation, cancellationToken) : refusal,
        "/history" => ConversationOf(call, out var refusal) is { } conversation
            ? ChatReplies.History(conversation, history.Read(conversation), settings.MaxTextLength, files)
            : refusal,
        _ => PageFiles.Find(call.Path) ?? ChatReplies.Refuse(404, "notFound", "There is nothing at this path of the chat."),
    };

    /// <summary>Returns the conversation that a request names, or null and the refusal.</summary>
    private string? ConversationOf(HttpCall call, out HttpReply refusal)
    {
        var conversation = call.Headers.TryGetValue(Header, out var written)
            ? Uri.UnescapeDataString(written)
            : call.Query.GetValueOrDefault("conversation");
        refusal = null!;
        if (conversation is null || !ChatLimits.IsId(conversation))
        {
            refusal = ChatReplies.Refuse(400, "invalid",
                $"The id of the conversation must be in the header '{Header}', percent-encoded, or in the query as 'conversation': {ChatLimits.Id}.",
                "conversation");
            return null;
        }

        if (ChatReplies.TooManyGuesses(throttle.WaitOf(call.RemoteAddress, conversation)) is { } wait)
        {
            refusal = wait;
            return null;
        }

        if (history.Read(conversation).Count == 0) throttle.Missed(call.RemoteAddress, conversation);
        return conversation;
    }

    /// <summary>Returns a file. Its id cannot be guessed, so it needs no conversation: a picture of the page can name none.</summary>
    private async Task<HttpReply> FileAsync(string id, CancellationToken cancellationToken)
    {
        await _reads.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => files.Read(id, mayWait: false), cancellationToken) is var (file, bytes)
                ? ChatReplies.FileOf(file, bytes)
                : ChatReplies.Refuse(404, "notFound", "There is no such file, or it is no longer kept.");
        }
        finally
        {
            _reads.Release();
        }
    }

    private async Task<HttpReply> EventsAsync(HttpCall call, string conversation, CancellationToken cancellationToken)
    {
        var topic = ChatHistory.TopicOf(conversation);
        var position = await context.Events.PositionAsync(topic, cancellationToken);
        var replies = history.Read(conversation).Where(entry => !entry.FromUser).ToList();
        var seen = call.Headers.TryGetValue("Last-Event-ID", out var last) && last.Length > 0 ? last : call.Query.GetValueOrDefault("after");
        var index = seen is null ? -1 : replies.FindIndex(reply => reply.Id == seen);
        return HttpReply.EventStream(
            topic, position, replies.Skip(index + 1).Where(static reply => !reply.IsDeleted).Select(ChatReplies.EventOf));
    }
}
