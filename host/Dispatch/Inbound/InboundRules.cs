using System.Text;
using PluginGateway.Access;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Rules that an event must meet to be accepted.</summary>
internal static class InboundRules
{
    public const int MaxTextBytes = 1024 * 1024;
    public const int MaxPayloadBytes = 4 * 1024 * 1024;
    public const int MaxStateEntries = 64;
    public const int MaxStateKeyLength = 128;
    public const int MaxStateValueBytes = 64 * 1024;

    /// <summary>Key in <see cref="InboundEvent.Extras"/> that marks a text in which characters were replaced.</summary>
    public const string ReplacedFlag = "gateway.replacedCharacters";

    /// <summary>Returns the cause for which the event can never be handled; null when there is none.</summary>
    public static DiscardCause? Discard(InboundEvent e, InboundClass inbound)
    {
        if (e is ContentEvent { Text: var text } && (text.Length > MaxTextBytes || Encoding.UTF8.GetByteCount(text) > MaxTextBytes))
            return DiscardCause.TooLarge;
        if (e.EventId is null && inbound != InboundClass.NonReplayable) return DiscardCause.Invalid;
        // Ids are not repaired: that could make two different events, or chats, or people, one.
        if (!TextSanitizer.IsSound(e.EventId) || !TextSanitizer.IsSound(e.Chat.Id) || !TextSanitizer.IsSound(e.Chat.Thread)
            || !TextSanitizer.IsSound(e.Sender?.Id))
            return DiscardCause.Invalid;
        if (e.State.Count > MaxStateEntries) return DiscardCause.TooLarge;
        return HasStorableState(e) ? null : DiscardCause.Invalid;
    }

    /// <summary>Returns true when the state that comes with an event can be written, even if the event is discarded.</summary>
    public static bool HasStorableState(InboundEvent e) =>
        e.State.Count <= MaxStateEntries && e.State.All(static entry => IsStorable(entry.Key, entry.Value));

    public static bool IsStorable(string key, string? value) =>
        key.Length is > 0 and <= MaxStateKeyLength
        && (value is null || (value.Length <= MaxStateValueBytes && Encoding.UTF8.GetByteCount(value) <= MaxStateValueBytes));

    /// <summary>Returns the platform's id of the message that an event is about: the one that it quotes, or to which it is a reaction.</summary>
    public static string? MessageAbout(InboundEvent e) => e switch
    {
        InboundMessage message => message.Quote?.MessageId,
        ReactionChanged reaction => reaction.MessageId,
        _ => null,
    };

    /// <summary>Returns the event with texts that can be stored and shown; the same instance when nothing had to be replaced.</summary>
    public static InboundEvent Sanitize(InboundEvent e)
    {
        var sanitized = e is ContentEvent content ? WithSoundTexts(content) : e;
        return ReferenceEquals(sanitized, e) ? e
            : sanitized with { Extras = new Dictionary<string, string>(sanitized.Extras) { [ReplacedFlag] = "true" } };
    }

    /// <summary>Replaces characters in every text of a message that people read. Ids are judged by <see cref="Discard"/> or are only given back to
    /// the platform that made them.</summary>
    private static ContentEvent WithSoundTexts(ContentEvent content)
    {
        if (TextSanitizer.Sanitize(content.Text) is var text && !ReferenceEquals(text, content.Text)) content = content with { Text = text };
        return content is InboundMessage message ? WithSoundTexts(message) : content;
    }

    private static InboundMessage WithSoundTexts(InboundMessage message)
    {
        if (message.Quote?.Text is { } quoted && TextSanitizer.Sanitize(quoted) is var sound && !ReferenceEquals(sound, quoted))
            message = message with { Quote = message.Quote with { Text = sound } };
        if (message.Command is { } command && TextSanitizer.Sanitize(command.Arguments) is var arguments
            && !ReferenceEquals(arguments, command.Arguments))
            message = message with { Command = command with { Arguments = arguments } };
        return message;
    }
}
