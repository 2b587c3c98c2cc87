using System.Text.Json;

namespace PluginGateway.Plugins.Feishu;

/// <summary>Where a message goes: into a chat, or as an answer to a message.</summary>
/// <param name="ReplyTo">The message to answer; null for none.</param>
/// <param name="InThread">True: the answer belongs into the thread.</param>
internal sealed record Target(string ChatId, string? ReplyTo, bool InThread)
{
    /// <summary>A thread is known by its first message, and one speaks in it by answering.</summary>
    public static Target Of(OutboundMessage message) => new(message.Chat.Id, message.ReplyTo ?? message.Chat.Thread, message.Chat.Thread is not null);

    public string Path => ReplyTo is { } id
        ? $"/open-apis/im/v1/messages/{Uri.EscapeDataString(id)}/reply"
        : $"/open-apis/im/v1/messages?receive_id_type={IdType(ChatId)}";

    public byte[] Request(MessageBody body, string uuid) => Json.Bytes(json =>
    {
        json.WriteStartObject();
        if (ReplyTo is null) json.WriteString("receive_id", ChatId);
        json.WriteString("msg_type", body.Type);
        json.WriteString("content", body.Content);
        if (ReplyTo is not null && InThread) json.WriteBoolean("reply_in_thread", true);
        json.WriteString("uuid", uuid);
        json.WriteEndObject();
    });

    /// <summary>Where else it can go when the platform refuses this target; null: nowhere.</summary>
    public Target? After(long code, string? thread)
    {
        if (ReplyTo is null) return null;
        if (InThread && CodeTable.IsAlreadyThread(code)) return this with { InThread = false };
        if (!CodeTable.IsTargetGone(code)) return null;
        // Never out of a thread into the whole group.
        if (thread is null) return this with { ReplyTo = null };
        return ReplyTo == thread ? null : this with { ReplyTo = thread };
    }

    /// <summary>Ids say by their start what they are.</summary>
    private static string IdType(string id) => id switch
    {
        _ when id.StartsWith("oc_", StringComparison.Ordinal) => "chat_id",
        _ when id.StartsWith("ou_", StringComparison.Ordinal) => "open_id",
        _ when id.StartsWith("on_", StringComparison.Ordinal) => "union_id",
        _ when id.Contains('@', StringComparison.Ordinal) => "email",
        _ => "user_id",
    };
}
