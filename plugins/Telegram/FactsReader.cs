using System.Globalization;
using System.Text.Json;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Reads the facts of a message beside its text: quote, origin, command, mentions, place.</summary>
internal static class FactsReader
{
    private const int LongestId = 512;
    private const long LastSecond = 253_402_300_800;

    /// <summary>Returns the message that this one answers, with the part that its author marked, where there is one. A message of another chat is
    /// described by <c>external_reply</c>.</summary>
    public static Quote? QuoteOf(JsonElement message, BotIdentity self)
    {
        var marked = message.Object("quote") is { } part ? Linked(part.Text("text"), part.List("entities")) : null;
        if (!Mentions.IsImplicitReply(message) && message.Object("reply_to_message") is { } answered)
            return new Quote(IdOf(answered)) { Text = marked ?? TextOf(answered), Sender = SenderOf(answered, self) };
        if (message.Object("external_reply") is not { } other) return null;
        var origin = other.Object("origin") is { } told ? OriginOf(told) : null;
        return new Quote(IdOf(other))
        {
            Text = marked ?? OtherContent.Describe(other),
            Sender = (origin?.SenderId ?? origin?.ChatId) is { } id ? new Sender(id, origin!.Name) : null,
        };
    }

    /// <summary>Returns where a forwarded message came from.</summary>
    public static ForwardOrigin? ForwardOf(JsonElement message) => message.Object("forward_origin") is { } origin ? OriginOf(origin) : null;

    /// <summary>Returns the command at the start of the text, unless it is for another bot.</summary>
    /// <param name="message">The message.</param>
    /// <param name="text">The text as it was sent, to which the entities refer.</param>
    /// <param name="linked">The text with the addresses of links.</param>
    /// <param name="self">The bot.</param>
    public static InvokedCommand? CommandOf(JsonElement message, string text, LinkedText linked, BotIdentity self)
    {
        foreach (var entity in Mentions.Entities(message))
        {
            if (entity.Text("type") != "bot_command" || entity.Number("offset") != 0) continue;
            var command = Mentions.Part(entity, text);
            var (name, bot) = command.IndexOf('@', StringComparison.Ordinal) is > 0 and var at
                ? (command[..at], command[(at + 1)..])
                : (command, null);
            if (name.Length < 2 || !IsId(name) || (bot is not null && !bot.Equals(self.Username, StringComparison.OrdinalIgnoreCase))) return null;
            return new InvokedCommand(name[1..], linked.Text[command.Length..].TrimStart());
        }

        return null;
    }

    /// <summary>Returns the people in the text, with their places in it. Of a mention by username only the bot's own id is known.</summary>
    /// <param name="message">The message.</param>
    /// <param name="text">The text as it was sent, to which the entities refer.</param>
    /// <param name="linked">The text with the addresses of links, to which the places refer.</param>
    /// <param name="self">The bot.</param>
    public static IEnumerable<Mention> MentionsOf(JsonElement message, string text, LinkedText linked, BotIdentity self)
    {
        foreach (var entity in Mentions.Entities(message))
        {
            if (entity.Text("type") is not ("mention" or "text_mention") || Mentions.Part(entity, text) is not { Length: > 0 } part) continue;
            var name = part.TrimStart('@');
            var id = entity.Object("user")?.Number("id") ?? (name.Equals(self.Username, StringComparison.OrdinalIgnoreCase) ? self.Id : null);
            yield return new Mention(name, linked.PlaceOf((int)entity.Number("offset")!.Value), part.Length) { Id = id is { } number ? Digits(number) : null };
        }
    }

    /// <summary>Returns the place that a message shows.</summary>
    public static Location? LocationOf(JsonElement message)
    {
        var venue = message.Object("venue");
        var place = venue?.Object("location") ?? message.Object("location");
        return place?.Decimal("latitude") is >= -90 and <= 90 and var latitude
            && place.Value.Decimal("longitude") is >= -180 and <= 180 and var longitude
            ? new Location((double)latitude, (double)longitude) { Name = venue?.Text("title"), Address = venue?.Text("address") }
            : null;
    }

    /// <summary>Returns the author: a person or a bot; or the chat itself, where its administrators write under its name.</summary>
    public static Sender? SenderOf(JsonElement message, BotIdentity self)
    {
        if (message.Object("sender_chat") is { } chat && chat.Number("id") is { } chatId)
            return new Sender(Digits(chatId), chat.Text("title") ?? chat.Text("username")) { Username = chat.Text("username") };
        return message.Object("from") is { } from ? UserOf(from, self) : null;
    }

    /// <summary>Returns a user; null: it has no id.</summary>
    public static Sender? UserOf(JsonElement user, BotIdentity self)
    {
        if (user.Number("id") is not { } id) return null;
        var (name, username) = (NameOf(user), user.Text("username"));
        return new Sender(Digits(id), name.Length > 0 ? name : username, user.Flag("is_bot"))
        {
            IsSelf = id == self.Id,
            Username = username,
            Language = user.Text("language_code"),
        };
    }

    /// <summary>Returns the reactions in a list: each an emoji, or a custom one, of which Telegram reports the number only; paid ones are left out,
    /// which a bot cannot set.</summary>
    public static ReactionEmoji[] EmojiIn(IEnumerable<JsonElement> reactions) =>
        [.. reactions.Select(static one => (Emoji: one.Text("emoji"), Id: one.Text("custom_emoji_id")))
            .Where(static one => (one.Emoji ?? one.Id) is { } text && IsId(text))
            .Select(static one => one.Emoji is { } emoji ? new ReactionEmoji(emoji) : new ReactionEmoji(one.Id!) { CustomId = one.Id })];

    /// <summary>Returns the album of which the message is a part.</summary>
    public static string? AlbumOf(JsonElement message) => message.Text("media_group_id") is { } album && IsId(album) ? album : null;

    private static ForwardOrigin OriginOf(JsonElement origin)
    {
        var chat = origin.Object("sender_chat") ?? origin.Object("chat");
        var user = origin.Object("sender_user");
        return new ForwardOrigin(user is { } from ? NameOf(from) : chat?.Text("title") ?? origin.Text("sender_user_name"))
        {
            SenderId = user?.Number("id") is { } userId ? Digits(userId) : null,
            ChatId = chat?.Number("id") is { } chatId ? Digits(chatId) : null,
            MessageId = IdOf(origin),
            PlatformTime = origin.Number("date") is > 0 and < LastSecond and var date ? DateTimeOffset.FromUnixTimeSeconds(date) : null,
        };
    }

    /// <summary>True for a text that the contract takes as an id: what is broken around a text must not cost the text.</summary>
    private static bool IsId(string text) => text.Length is > 0 and <= LongestId && !text.Any(char.IsControl);

    private static string? TextOf(JsonElement message) =>
        Linked(message.Text("text") ?? message.Text("caption"), Mentions.Entities(message)) ?? OtherContent.Describe(message);

    private static string? Linked(string? text, IEnumerable<JsonElement> entities) => text is null ? null : LinkedText.Of(text, entities).Text;

    private static string NameOf(JsonElement user) => $"{user.Text("first_name")} {user.Text("last_name")}".Trim();

    private static string? IdOf(JsonElement message) => message.Number("message_id") is { } id ? Digits(id) : null;

    private static string Digits(long number) => number.ToString(CultureInfo.InvariantCulture);
}
