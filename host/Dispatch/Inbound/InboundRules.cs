using System.Text;
using PluginGateway.Access;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>What a message must be like to be accepted.</summary>
internal static class InboundRules
{
    public const int MaxTextBytes = 1024 * 1024;
    public const int MaxPayloadBytes = 4 * 1024 * 1024;
    public const int MaxStateEntries = 64;
    public const int MaxStateKeyLength = 128;
    public const int MaxStateValueBytes = 64 * 1024;

    /// <summary>The key in <see cref="InboundMessage.Extras"/> that says that characters of the text were replaced.</summary>
    public const string ReplacedFlag = "gateway.replacedCharacters";

    /// <summary>Why the message can never be handled, or null.</summary>
    public static DiscardCause? Discard(InboundMessage message, InboundClass inbound)
    {
        if (message.Text.Length > MaxTextBytes || Encoding.UTF8.GetByteCount(message.Text) > MaxTextBytes) return DiscardCause.TooLarge;
        if (message.EventId is null && inbound != InboundClass.NonReplayable) return DiscardCause.Invalid;
        // Mended ids would make two different events, or chats, or people, one.
        if (!TextSanitizer.IsSound(message.EventId) || !TextSanitizer.IsSound(message.Chat.Id) || !TextSanitizer.IsSound(message.Chat.Thread) || !TextSanitizer.IsSound(message.Sender.Id)) return DiscardCause.Invalid;
        if (message.State.Count > MaxStateEntries) return DiscardCause.TooLarge;
        return HasStorableState(message) ? null : DiscardCause.Invalid;
    }

    /// <summary>Whether the state that comes with a message can be written, whatever becomes of the message.</summary>
    public static bool HasStorableState(InboundMessage message) =>
        message.State.Count <= MaxStateEntries && message.State.All(static entry => IsStorable(entry.Key, entry.Value));

    public static bool IsStorable(string key, string? value) =>
        key.Length is > 0 and <= MaxStateKeyLength && (value is null || (value.Length <= MaxStateValueBytes && Encoding.UTF8.GetByteCount(value) <= MaxStateValueBytes));

    /// <summary>The message with a text that can be stored and shown.</summary>
    public static InboundMessage Sanitize(InboundMessage message)
    {
        var text = TextSanitizer.Sanitize(message.Text);
        return ReferenceEquals(text, message.Text) ? message
            : message with { Text = text, Extras = new Dictionary<string, string>(message.Extras) { [ReplacedFlag] = "true" } };
    }
}
