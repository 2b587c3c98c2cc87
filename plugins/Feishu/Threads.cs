using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Threads (topics) of chats: the thread of a received message, and the message to answer so as to speak in a thread. Any thread of the
/// process.</summary>
/// <remarks>
/// A thread is named by its <c>thread_id</c> (<c>omt_...</c>), which an event of a topic group or of a private chat may lack although the message has
/// it: then the platform is asked. A thread that an earlier version named by its first message (<c>om_...</c>) still works.
/// Sources: larksuite/openclaw-lark, messaging/inbound (replies in topic groups bear root_id and no thread_id); the vendor's page of <c>GET
/// /im/v1/messages</c> (container_id_type thread).
/// </remarks>
internal sealed class Threads(OpenApi api, IAdapterState state, ChatModes modes)
{
    private const int MostAnchors = 300;
    private const int MostRemembered = 1024;

    private readonly Kept _anchors = new(state, "threads", MostAnchors);
    private readonly Recent<string> _threads = new(MostRemembered);

    /// <summary>True: the name of a thread as an event gives it.</summary>
    public static bool IsThreadId(string thread) => thread.StartsWith("omt_", StringComparison.Ordinal);

    /// <summary>True: the id of a message, which named a thread in earlier versions.</summary>
    public static bool IsMessageId(string thread) => thread.StartsWith("om_", StringComparison.Ordinal);

    public Task RecallAsync(CancellationToken cancellationToken) => _anchors.RecallAsync(cancellationToken);

    /// <summary>Remembers the last message seen in a thread.</summary>
    public void Saw(string? thread, string messageId)
    {
        if (thread is not null && IsThreadId(thread) && IsMessageId(messageId)) _anchors.Set(thread, messageId);
    }

    /// <summary>The remembered message to answer in a thread; null: ask the platform.</summary>
    public string? AnchorOf(string thread) => IsMessageId(thread) ? thread : _anchors.Find(thread);

    /// <summary>Asks the platform for the last message of a thread; null where there is none, or none may be read. A question that failed is no
    /// answer: then it says how.</summary>
    public async Task<(string? Anchor, ApiAnswer? Failed)> AskAnchorAsync(string thread, CancellationToken cancellationToken)
    {
        if (!IsThreadId(thread)) return (null, null);
        var answer = await api.GetAsync(
            $"/open-apis/im/v1/messages?container_id_type=thread&container_id={Uri.EscapeDataString(thread)}&sort_type=ByCreateTimeDesc&page_size=10",
            cancellationToken);
        if (answer.IsPassing) return (null, answer);
        var standing = answer.Data.Get("items").Items().Where(static item => item.Get("deleted").ValueKind != JsonValueKind.True);
        return (standing.Select(static item => item.String("message_id")).FirstOrDefault(static id => id is not null), null);
    }

    /// <summary>Returns the thread of a received message; null: none. After a failed look-up, the thread named in the event, with the
    /// failure.</summary>
    /// <param name="message">The <c>message</c> of an event, or a message that was looked up.</param>
    /// <param name="cancellationToken">Cancels the look-up.</param>
    public async Task<(string? Thread, ApiAnswer? Failed)> ThreadOfAsync(JsonElement message, CancellationToken cancellationToken)
    {
        if (message.Id("thread_id") is { } told) return (told, null);
        if (message.Id("message_id") is not { } id) return (null, null);
        var root = message.Id("root_id");
        var (isTopicGroup, failed) = message.String("chat_type") != "p2p" ? await IsTopicGroupAsync(message, cancellationToken) : (false, null);
        if (root is null && !isTopicGroup) return (null, failed);
        if (root is not null && _threads.Find(root) is { } known) return (known, null);
        // A root may be the thread itself (omt_...).
        if (root is not null && IsThreadId(root)) return (root, null);
        var answer = await api.GetMessageAsync(id, cancellationToken);
        var thread = answer.Message()?.Id("thread_id") ?? (isTopicGroup ? root ?? id : null);
        // Only what is: a topic may be opened later on a message that stood in none.
        if (answer.IsGood && failed is null && thread is not null) _threads.Set(root ?? id, thread);
        // In a topic group the first message of the topic names it as well; a message that names none may stand in any.
        if (root is not null && thread is not null) return (thread, null);
        return (thread, answer.IsPassing ? answer : thread is null ? failed : null);
    }

    private async Task<(bool IsTopicGroup, ApiAnswer? Failed)> IsTopicGroupAsync(JsonElement message, CancellationToken cancellationToken)
    {
        if (message.String("chat_type") == "topic_group") return (true, null);
        if (message.String("chat_id") is not { } chat) return (false, null);
        var (mode, failed) = await modes.OfAsync(chat, cancellationToken);
        return (mode == ChatMode.Topics, failed);
    }
}
