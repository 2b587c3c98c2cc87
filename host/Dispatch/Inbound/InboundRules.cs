using System.Collections.ObjectModel;
using System.Text;
using PluginGateway.Access;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Rules that an event must meet to be accepted.</summary>
internal static class InboundRules
{
    public const int MaxTextBytes = 1024 * 1024;
    public const int MaxPayloadBytes = 4 * 1024 * 1024;
    public const int MaxBatchEvents = 256;
    public const int MaxBatchBytes = 8 * 1024 * 1024;
    public const int MaxStateEntries = 64;
    public const int MaxStateKeyLength = 128;
    public const int MaxStateValueBytes = 64 * 1024;
    public const int MaxValues = 64;
    public const int MaxValueBytes = 4 * 1024;
    public const int MaxValuesBytes = 16 * 1024;

    /// <summary>Key in <see cref="InboundEvent.Extras"/> that marks a text in which characters were replaced.</summary>
    public const string ReplacedFlag = "gateway.replacedCharacters";

    private static readonly string StateLimits =
        $"at most {MaxStateEntries} entries, each with a key of 1 to {MaxStateKeyLength} characters and at most {MaxStateValueBytes} bytes";

    /// <summary>State of an event that brings none.</summary>
    public static IReadOnlyDictionary<string, string> NoState { get; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Checks what no platform but only the code of an adapter can get wrong.</summary>
    /// <exception cref="ArgumentException">The event has no id although its platform delivers again, or its state is over a limit.</exception>
    public static void Check(InboundEvent e, string adapterId, InboundClass inbound)
    {
        ArgumentNullException.ThrowIfNull(e);
        if (e.EventId is null && inbound != InboundClass.NonReplayable)
            throw new ArgumentException(
                $"EventId of this {e.GetType().Name} is null, and adapter '{adapterId}' declares Inbound = InboundClass.{inbound}: delivered again, "
                + "the event would be handled twice. Nothing was stored. Give the event the platform's id, or declare NonReplayable.", nameof(e));
        if (!HasStorableState(e))
            throw new ArgumentException($"State of this {e.GetType().Name} is over a limit; allowed: {StateLimits}. Nothing was stored.", nameof(e));
    }

    /// <summary>Returns the cause for which the event can never be handled; null when there is none.</summary>
    public static DiscardCause? Discard(InboundEvent e)
    {
        if (e is ContentEvent { Text: var text } && (text.Length > MaxTextBytes || Encoding.UTF8.GetByteCount(text) > MaxTextBytes))
            return DiscardCause.TooLarge;
        if (e is ButtonPressed press && !Fits(press.Values)) return DiscardCause.TooLarge;
        if (UnsoundIdOf(e) is not null) return DiscardCause.Invalid;
        return e is InboundMessage { IsHistory: true } ? DiscardCause.History : null;
    }

    /// <summary>Returns the name of the first id with a lone surrogate or NUL; null: none has one. Ids are not repaired: that could make two
    /// different events, or chats, or people, one.</summary>
    public static string? UnsoundIdOf(InboundEvent e) =>
        !TextSanitizer.IsSound(e.EventId) ? "EventId" :
        !TextSanitizer.IsSound(e.Chat.Id) ? "Chat.Id" :
        !TextSanitizer.IsSound(e.Chat.Thread) ? "Chat.Thread" :
        !TextSanitizer.IsSound(e.Sender?.Id) ? "Sender.Id" : null;

    private static bool HasStorableState(InboundEvent e) =>
        e.State.Count <= MaxStateEntries && e.State.All(static entry => IsStorable(entry.Key, entry.Value));

    public static bool IsStorable(string key, string? value) =>
        key.Length is > 0 and <= MaxStateKeyLength
        && (value is null || (value.Length <= MaxStateValueBytes && Encoding.UTF8.GetByteCount(value) <= MaxStateValueBytes));

    private static bool Fits(IReadOnlyDictionary<string, string> values)
    {
        if (values.Count > MaxValues) return false;
        var sum = 0L;
        foreach (var (name, value) in values)
        {
            if (Encoding.UTF8.GetByteCount(value) is var bytes && bytes > MaxValueBytes) return false;
            sum += bytes + Encoding.UTF8.GetByteCount(name);
        }

        return sum <= MaxValuesBytes;
    }

    /// <summary>Returns the ids of people who are there no longer, where another person may use them from then on; an empty one: all of the adapter, whose bot
    /// sees nobody leave any more.</summary>
    public static IReadOnlyList<string> LeftIn(InboundEvent e, bool provesSenders) => e switch
    {
        _ when provesSenders => [],
        MembersChanged { Change: MemberChange.Left } left => [.. left.Members.Select(static member => member.Id)],
        MembersChanged { Change: MemberChange.BotRemoved } => [""],
        _ => [],
    };

    /// <summary>Returns the events of a batch, the last one with the state of the batch.</summary>
    /// <exception cref="ArgumentException">The batch or its state is over a limit.</exception>
    public static InboundEvent[] BatchOf(IReadOnlyList<InboundEvent> events, IReadOnlyDictionary<string, string> state, long room)
    {
        ArgumentNullException.ThrowIfNull(events);
        InboundEvent[] batch = [.. events];
        if (batch.Length == 0 || batch.Length > Math.Min(MaxBatchEvents, room) || batch.Contains(null))
            throw new ArgumentException(
                $"A batch has 1 to {Math.Min(MaxBatchEvents, room)} events, and this one {batch.Length}; nothing of it was stored.", nameof(events));
        if (state.Count == 0) return batch;
        var own = batch[^1].State.Where(entry => !state.ContainsKey(entry.Key));
        var last = batch[^1] with { State = new Dictionary<string, string>([.. own, .. state]) };
        if (!HasStorableState(last))
            throw new ArgumentException(
                $"The state of a batch and of its last event has {StateLimits}; nothing of the batch was stored.", nameof(state));
        return [.. batch[..^1], last];
    }

    /// <exception cref="ArgumentException">A batch is over the limit of its size.</exception>
    public static void CheckSize(long bytes, string name)
    {
        if (bytes > MaxBatchBytes)
            throw new ArgumentException(
                $"A batch has at most {MaxBatchBytes} bytes as it is stored, and this one {bytes}; nothing of it was stored.", name);
    }

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
        var sanitized = e switch
        {
            ContentEvent content => WithSoundTexts(content),
            ButtonPressed press => WithSoundTexts(press),
            _ => e,
        };
        return ReferenceEquals(sanitized, e) ? e
            : sanitized with { Extras = new Dictionary<string, string>(sanitized.Extras) { [ReplacedFlag] = "true" } };
    }

    private static ButtonPressed WithSoundTexts(ButtonPressed press)
    {
        if (press.Values.All(static entry => TextSanitizer.IsSound(entry.Key) && TextSanitizer.IsSound(entry.Value))) return press;
        var sound = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in press.Values) sound[TextSanitizer.Sanitize(name)] = TextSanitizer.Sanitize(value);
        return press with { Values = sound };
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
