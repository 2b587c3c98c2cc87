using System.Text;
using PluginGateway.Access;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Rules that a message must meet to be accepted.</summary>
internal static class InboundRules
{
    public const int MaxTextBytes = 1024 * 1024;
    public const int MaxPayloadBytes = 4 * 1024 * 1024;
    public const int MaxStateEntries = 64;
    public const int MaxStateKeyLength = 128;
    public const int MaxStateValueBytes = 64 * 1024;

    /// <summary>Key in <see cref="InboundMessage.Extras"/> that marks a text in which characters were replaced.</summary>
    public const string ReplacedFlag = "gateway.replacedCharacters";

    /// <summary>Returns the cause for which the message can never be handled; null when there is none.</summary>
    public static DiscardCause? Discard(InboundMessage message, InboundClass inbound)
    {
        if (message.Text.Length > MaxTextBytes || Encoding.UTF8.GetByteCount(message.Text) > MaxTextBytes) return DiscardCause.TooLarge;
        if (message.EventId is null && inbound != InboundClass.NonReplayable) return DiscardCause.Invalid;
        // Ids are not repaired: that could make two different events, or chats, or people, one.
        if (!TextSanitizer.IsSound(message.EventId) || !TextSanitizer.IsSound(message.Chat.Id) || !TextSanitizer.IsSound(message.Chat.Thread)
            || !TextSanitizer.IsSound(message.Sender.Id))
            return DiscardCause.Invalid;
        if (message.State.Count > MaxStateEntries) return DiscardCause.TooLarge;
        return HasStorableState(message) ? null : DiscardCause.Invalid;
    }

    /// <summary>Returns true when the state that comes with a message can be written, even if the message is discarded.</summary>
    public static bool HasStorableState(InboundMessage message) =>
        message.State.Count <= MaxStateEntries && message.State.All(static entry => IsStorable(entry.Key, entry.Value));

    public static bool IsStorable(string key, string? value) =>
        key.Length is > 0 and <= MaxStateKeyLength
        && (value is null || (value.Length <= MaxStateValueBytes && Encoding.UTF8.GetByteCount(value) <= MaxStateValueBytes));

    /// <summary>Returns the message with texts that can be stored and shown; the same instance when nothing had to be replaced.</summary>
    public static InboundMessage Sanitize(InboundMessage message)
    {
        var sanitized = WithSoundTexts(message);
        return ReferenceEquals(sanitized, message) ? message
            : sanitized with { Extras = new Dictionary<string, string>(sanitized.Extras) { [ReplacedFlag] = "true" } };
    }

    /// <summary>Replaces characters in every text of a message that people read. Ids are judged by <see cref="Discard"/> or are only given back to
    /// the platform that made them.</summary>
    private static InboundMessage WithSoundTexts(InboundMessage message)
    {
        if (TextSanitizer.Sanitize(message.Text) is var text && !ReferenceEquals(text, message.Text)) message = message with { Text = text };
        if (message.Quote?.Text is { } quoted && TextSanitizer.Sanitize(quoted) is var sound && !ReferenceEquals(sound, quoted))
            message = message with { Quote = message.Quote with { Text = sound } };
        if (message.Command is { } command && TextSanitizer.Sanitize(command.Arguments) is var arguments
            && !ReferenceEquals(arguments, command.Arguments))
            message = message with { Command = command with { Arguments = arguments } };
        return message;
    }
}
