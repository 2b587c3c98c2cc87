using System.Globalization;

namespace PluginGateway.Plugins.WebChat;

/// <summary>Requests to the paths of the chat: the page, its posts, and its streams.</summary>
internal sealed class ChatRequests(AdapterContext context, WebChatSettings settings, ChatHistory history)
{
    /// <summary>Header with the id of a conversation, percent-encoded. Every client that knows the id can read and write there, and a query would be
    /// written to the access logs of proxies.</summary>
    private const string Header = "Chat-Conversation";

    private readonly IdThrottle _throttle = new(context.Clock);

    /// <summary>Answers one request.</summary>
    public Task<HttpReply> HandleAsync(HttpCall call, CancellationToken cancellationToken) => (call.Path, call.Method) switch
    {
        ("/messages", "POST") => PostAsync(call, cancellationToken),
        ("/messages", _) => Task.FromResult(ChatReplies.MethodNotAllowed("POST")),
        (_, "GET" or "HEAD") => Task.FromResult(Get(call)),
        _ => Task.FromResult(ChatReplies.MethodNotAllowed("GET, HEAD")),
    };

    private HttpReply Get(HttpCall call) => call.Path switch
    {
        "/events" => WithConversation(call, conversation => Events(call, conversation)),
        "/history" => WithConversation(call, conversation => ChatReplies.History(conversation, history.Read(conversation), settings.MaxTextLength)),
        _ => PageFiles.Find(call.Path) ?? ChatReplies.Refuse(404, "notFound", "There is nothing at this path of the chat."),
    };

    private HttpReply WithConversation(HttpCall call, Func<string, HttpReply> answer)
    {
        var conversation = call.Headers.TryGetValue(Header, out var written)
            ? Uri.UnescapeDataString(written)
            : call.Query.GetValueOrDefault("conversation");
        if (conversation is null || !ChatLimits.IsId(conversation))
            return ChatReplies.Refuse(400, "invalid",
                $"The id of the conversation must be in the header '{Header}', percent-encoded, or in the query as 'conversation': {ChatLimits.Id}.",
                "conversation");
        if (TooManyGuesses(call, conversation) is { } refusal) return refusal;
        if (history.Read(conversation).Count == 0) _throttle.Missed(call.RemoteAddress, conversation);
        return answer(conversation);
    }

    private HttpReply? TooManyGuesses(HttpCall call, string conversation) => _throttle.WaitOf(call.RemoteAddress, conversation) is { Ticks: > 0 } wait
        ? ChatReplies.Refuse(429, "tooManyGuesses", "Too many ids of conversations from this address had nothing under them; try again later.",
            retryAfterSeconds: (int)Math.Ceiling(wait.TotalSeconds))
        : null;

    private async Task<HttpReply> PostAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (PostedMessage.Read(call, settings.MaxTextLength, out var refusal) is not { } posted) return refusal;
        if (TooManyGuesses(call, posted.Conversation) is { } wait) return wait;
        var now = context.Clock.GetUtcNow();
        var acceptance = await context.Inbox.AcceptAsync(InboundOf(posted, now), cancellationToken);
        switch (acceptance.Kind)
        {
            case AcceptanceKind.Stored or AcceptanceKind.Duplicate:
                // The message has been accepted even if this copy fails: the history only shows it again after a reload.
                var kept = await history.AppendAsync(
                    new ChatEntry(posted.Conversation, posted.Id, FromUser: true, posted.Text, now.ToUnixTimeMilliseconds()));
                if (kept != AppendOutcome.Durable)
                    context.Log.Warning("An accepted message could not be added to the chat history; it is handled all the same.");
                return ChatReplies.Accepted(posted.Id, acceptance.Kind == AcceptanceKind.Stored ? "stored" : "duplicate");
            case AcceptanceKind.Discarded:
                if (acceptance.Reason == "notAllowed") _throttle.Missed(call.RemoteAddress, posted.Conversation);
                var status = acceptance.Reason switch { "notAllowed" => 403, "tooLarge" => 413, _ => 422 };
                return ChatReplies.Refuse(status, acceptance.Reason ?? "discarded", "The gateway does not take this message.");
            case AcceptanceKind.Refused:
                return ChatReplies.Refuse(
                    503, acceptance.Reason ?? "refused", "The gateway does not take messages at the moment; post it again.", retryAfterSeconds: 2);
            default:
                return ChatReplies.Refuse(503, "reconnecting", "The chat is being reconnected; post the message again.", retryAfterSeconds: 1);
        }
    }

    private InboundMessage InboundOf(PostedMessage posted, DateTimeOffset now)
    {
        // The length makes it one-to-one: an id is the visitor's own and unique in its conversation only.
        var eventId = string.Create(CultureInfo.InvariantCulture, $"{posted.Conversation.Length}:{posted.Conversation}:{posted.Id}");
        return new InboundMessage(eventId, new Chat(posted.Conversation, ChatKind.Direct), new Sender(posted.Conversation, "Visitor"), posted.Text)
        {
            Quote = posted.ReplyTo is { } id ? QuoteOf(posted.Conversation, id) : null,
            PlatformTime = now,
        };
    }

    /// <summary>Returns the message that another one answers, with its text as long as the history has it.</summary>
    private Quote QuoteOf(string conversation, string id) => history.Read(conversation).LastOrDefault(entry => entry.Id == id) is { } entry
        ? new Quote(id)
        {
            Text = entry.Text,
            Sender = entry.FromUser ? new Sender(conversation, "Visitor") : new Sender("gateway", isBot: true) { IsSelf = true },
        }
        : new Quote(id);

    private HttpReply Events(HttpCall call, string conversation)
    {
        var topic = ChatHistory.TopicOf(conversation);
        var position = context.Events.Position(topic);
        var replies = history.Read(conversation).Where(entry => !entry.FromUser).ToList();
        var seen = call.Headers.TryGetValue("Last-Event-ID", out var last) && last.Length > 0 ? last : call.Query.GetValueOrDefault("after");
        var index = seen is null ? -1 : replies.FindIndex(reply => reply.Id == seen);
        return HttpReply.EventStream(topic, position, replies.Skip(index + 1).Select(ChatReplies.EventOf));
    }
}
