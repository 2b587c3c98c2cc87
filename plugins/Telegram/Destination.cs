using System.Globalization;
using Telegram.Bot.Types;
using Telegram.Bot.Types.ReplyMarkups;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Destination of a message in terms of the Bot API.</summary>
/// <param name="Chat">The chat's number, or a public channel's <c>@name</c>.</param>
/// <param name="Topic">The topic in it, or null.</param>
/// <param name="ReplyTo">The message to answer, or null.</param>
internal sealed record Destination(ChatId Chat, int? Topic, ReplyParameters? ReplyTo)
{
    /// <summary>True: people get the message without a sound.</summary>
    public bool IsSilent { get; init; }

    /// <summary>Options that only Telegram has.</summary>
    public MessageOptions Options { get; init; } = new(IsProtected: false, Effect: null);

    /// <summary>Buttons beneath the message, or null.</summary>
    public InlineKeyboardMarkup? Keyboard { get; init; }

    /// <summary>Reads a destination; null when the ids are invalid.</summary>
    public static Destination? Of(string chat, string? thread, string? replyTo)
    {
        if (ChatOf(chat) is not { } id) return null;
        int? topic = thread is null ? null : NumberOf(thread) is { } number ? number : -1;
        if (topic == -1) return null;
        // The message to answer may have been deleted: the reply is then sent without the reference.
        return new Destination(
            id, topic, NumberOf(replyTo) is { } message ? new ReplyParameters { MessageId = message, AllowSendingWithoutReply = true } : null);
    }

    public static ChatId? ChatOf(string chat) =>
        long.TryParse(chat, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id) ? new ChatId(id)
        : chat.Length > 1 && chat[0] == '@' && chat.AsSpan(1).IndexOfAnyExcept(NameChars) < 0 ? new ChatId(chat)
        : null;

    /// <summary>Returns true for the id of a person, which is the id of the direct chat with this person; groups and channels have negative
    /// numbers.</summary>
    public static bool IsPerson(string chat) =>
        long.TryParse(chat, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0;

    public static int? NumberOf(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;

    private static readonly System.Buffers.SearchValues<char> NameChars =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
}
