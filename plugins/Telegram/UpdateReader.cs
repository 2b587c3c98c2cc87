using System.Globalization;
using System.Text.Json;

namespace PluginGateway.Plugins.Telegram;

/// <summary>Content of an update.</summary>
internal sealed record UpdateReading(long? Id)
{
    /// <summary>The event in it; null: it has none for a handler.</summary>
    public InboundEvent? Event { get; init; }

    /// <summary>A group that has become a supergroup: its old and its new id.</summary>
    public (string From, string To)? Migration { get; init; }

    /// <summary>Reason for skipping a readable message; null: it is not skipped.</summary>
    public string? PassedOver { get; init; }

    /// <summary>Reason why the update cannot be read; null: it can.</summary>
    public string? Problem { get; init; }
}

/// <summary>Turns an update into an event. Only the needed fields are read, so that an update with new or broken fields can still be read.</summary>
internal sealed class UpdateReader(BotIdentity self, TimeProvider clock)
{
    /// <summary>The updates with a message in them, in the Bot API's words.</summary>
    private static readonly (string Name, bool IsEdit)[] Kinds = [
        ("message", false), ("edited_message", true), ("channel_post", false), ("edited_channel_post", true)];

    /// <summary>Membership change: the bot joined a chat, left it, or got other rights there.</summary>
    private const string Membership = "my_chat_member";

    /// <summary>Change of a person's reactions to a message; in groups only administrators get it (Bot API, message_reaction).</summary>
    private const string Reaction = "message_reaction";

    /// <summary>Press of a button beneath a message of the bot.</summary>
    private const string Press = "callback_query";

    /// <summary>Time for which a press is answered. Telegram's is not documented; an answer that is too late is refused without harm.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(60);

    /// <summary>The number under which the first topic of a forum ("General") shows an indicator; its messages bear none.</summary>
    public const int FirstTopic = 1;

    private const int MostNames = 5;
    private const int MostRemembered = 10_000;
    private static readonly string[] Ordinary = [
        "message_id", "message_thread_id", "from", "sender_chat", "date", "chat", "is_topic_message", "edit_date", "via_bot", "author_signature"];

    private readonly Remembered _forums = new(MostRemembered);
    private readonly Remembered _others = new(MostRemembered);
    private readonly Remembered _albums = new(MostRemembered);

    /// <summary>Returns whether a chat is a group with topics, as its messages say; null: none has been read.</summary>
    public bool? IsForum(string chat) => _forums.Contains(chat) ? true : _others.Contains(chat) ? false : null;

    /// <summary>Remembers whether a chat is a group with topics. Any thread.</summary>
    public void Learn(string chat, bool isForum) => (isForum ? _forums : _others).Add(chat);

    /// <summary>Looks at a batch before it is read one by one: an album comes as several messages, of which one has the caption, and what mentions
    /// the bot there is said of all of them.</summary>
    /// <returns>True: it ends with a part of an album in a group of which no part seen so far mentions the bot.</returns>
    public bool LookAhead(JsonElement batch)
    {
        string? last = null;
        foreach (var update in batch.EnumerateArray())
        {
            last = null;
            if (update.Object("message") is not { } message || message.Object("chat") is not { } chat || chat.Number("id") is not { } chatId
                || chat.Text("type") == "private" || AlbumOf(message, chatId) is not { } album)
                continue;
            if (Mentions.Includes(message, message.Text("caption") ?? "", self)) _albums.Add(album);
            last = album;
        }

        return last is not null && !_albums.Contains(last);
    }

    private static string? AlbumOf(JsonElement message, long chat) => FactsReader.AlbumOf(message) is { } album ? $"{Digits(chat)}/{album}" : null;

    /// <param name="update">The update.</param>
    /// <param name="state">The state to store with the message.</param>
    public UpdateReading Read(JsonElement update, Func<long, IReadOnlyDictionary<string, string>> state)
    {
        var reading = new UpdateReading(update.Number("update_id"));
        if (reading.Id is not { } id) return reading with { Problem = "it has no update_id" };
        try
        {
            foreach (var (name, isEdit) in Kinds)
            {
                if (update.Object(name) is { } message) return ReadMessage(reading, message, isEdit, state(id));
            }

            if (update.Object(Press) is { } press) return ReadPress(reading, press, state(id));
            if (update.Object(Reaction) is { } reaction) return ReadReaction(reading, reaction, state(id));
            return update.Object(Membership) is { } membership ? ReadMembership(reading, membership, state(id)) : reading;
        }
        catch (Exception broken) when (broken is ArgumentException or InvalidOperationException or FormatException or OverflowException)
        {
            return reading with { Problem = $"{broken.GetType().Name}: {broken.Message}" };
        }
    }

    private UpdateReading ReadMessage(UpdateReading reading, JsonElement message, bool isEdit, IReadOnlyDictionary<string, string> state)
    {
        if (message.Object("chat") is not { } chat || chat.Number("id") is not { } chatId)
            return reading with { Problem = "its message is in no chat" };
        var migration = message.Number("migrate_to_chat_id") is { } to ? (Digits(chatId), Digits(to))
            : message.Number("migrate_from_chat_id") is { } from ? (Digits(from), Digits(chatId)) : default((string, string)?);
        var text = message.Text("text") ?? message.Text("caption") ?? OtherContent.Describe(message) ?? "";
        var files = MediaReader.Read(message).ToArray();
        var sender = SenderOf(message, chat, chatId);
        if (chat.Text("type") != "private") Learn(Digits(chatId), chat.Flag("is_forum"));
        // A message without text and files reports an event in the chat, such as a user who joined or left, or a pinned message.
        if (text.Length == 0 && files.Length == 0) return MembersIn(message, ChatOf(message, chat, chatId), sender) is { } members ? reading with
        {
            Event = members with { EventId = EventIdOf(reading), PlatformTime = TimeOf(message, isEdit: false), State = state },
        }
        : reading with
        {
            Migration = migration,
            PassedOver = $"it has neither text nor files ({string.Join(", ", message.EnumerateObject().Select(static field => field.Name).Except(Ordinary).Take(MostNames))})"
        };
        if (message.Flag("is_automatic_forward"))
            return reading with { Migration = migration, PassedOver = "it is a post of the linked channel, which Telegram forwards by itself" };
        if (isEdit && message.Object("location") is not null && message.Text("caption") is null)
            return reading with { Migration = migration, PassedOver = "it is a movement of a live location" };
        var place = ChatOf(message, chat, chatId);
        var isMentioned = place.Kind != ChatKind.Direct && Mentions.Includes(message, text, self);
        if (isMentioned && AlbumOf(message, chatId) is { } album) _albums.Add(album);
        var linked = LinkedText.Of(text, Mentions.Entities(message));
        ContentEvent content = isEdit ? new MessageEdited(EventIdOf(reading), place, sender, null, linked.Text)
            : new InboundMessage(EventIdOf(reading), place, sender, linked.Text)
            {
                Quote = FactsReader.QuoteOf(message, self),
                ForwardedFrom = FactsReader.ForwardOf(message),
                GroupId = FactsReader.AlbumOf(message),
                Command = FactsReader.CommandOf(message, text, linked, self),
            };
        return reading with
        {
            Migration = migration,
            Event = content with
            {
                MessageId = message.Number("message_id") is { } id ? Digits(id) : null,
                Attachments = files,
                Mentions = [.. FactsReader.MentionsOf(message, text, linked, self)],
                Location = FactsReader.LocationOf(message),
                PlatformTime = TimeOf(message, isEdit),
                MentionsBot = isMentioned || (place.Kind != ChatKind.Direct && AlbumOf(message, chatId) is { } part && _albums.Contains(part)),
                State = state,
            },
        };
    }

    private string EventIdOf(UpdateReading reading) => $"{Digits(self.Id)}/{Digits(reading.Id!.Value)}";

    /// <summary>Returns the people who joined or left a group, of which a message without content tells; the bot's own membership comes as an update
    /// of its own.</summary>
    private MembersChanged? MembersIn(JsonElement message, Chat chat, Sender sender)
    {
        var joined = message.List("new_chat_members").Select(user => FactsReader.UserOf(user, self)).OfType<Sender>().ToArray();
        Sender[] left = message.Object("left_chat_member") is { } user && FactsReader.UserOf(user, self) is { } one ? [one] : [];
        var members = (joined.Length > 0 ? joined : left).Where(static member => !member.IsSelf).ToArray();
        return members.Length == 0 ? null
            : new MembersChanged(null, chat, sender, joined.Length > 0 ? MemberChange.Joined : MemberChange.Left) { Members = members };
    }

    /// <summary>Reads the reactions of one person. Of a reaction in the name of a chat the chat is the sender.</summary>
    private UpdateReading ReadReaction(UpdateReading reading, JsonElement reaction, IReadOnlyDictionary<string, string> state)
    {
        if (reaction.Object("chat") is not { } chat || chat.Number("id") is not { } chatId || reaction.Number("message_id") is not { } messageId)
            return reading with { Problem = "its reaction is to no message" };
        var sender = (reaction.Object("user") is { } user ? FactsReader.UserOf(user, self) : null)
            ?? (reaction.Object("actor_chat") is { } actor && actor.Number("id") is { } id ? new Sender(Digits(id), actor.Text("title")) : null);
        var (before, now) = (FactsReader.EmojiIn(reaction.List("old_reaction")), FactsReader.EmojiIn(reaction.List("new_reaction")));
        if (before.SequenceEqual(now)) return reading with { PassedOver = "its reactions are of a kind that bots do not have" };
        return reading with
        {
            Event = new ReactionChanged(EventIdOf(reading), ChatOf(reaction, chat, chatId), sender, Digits(messageId))
            {
                Added = [.. now.Except(before)],
                Removed = [.. before.Except(now)],
                PlatformTime = TimeOf(reaction, isEdit: false),
                State = state,
            },
        };
    }

    /// <summary>Reads the press of a button. The message may be too old to be shown; its chat and its id are there all the same.</summary>
    private UpdateReading ReadPress(UpdateReading reading, JsonElement press, IReadOnlyDictionary<string, string> state)
    {
        if (press.Text("id") is not { } query || press.Object("from") is not { } from || FactsReader.UserOf(from, self) is not { } sender)
            return reading with { Problem = "its press has no id or no sender" };
        if (press.Object("message") is not { } message || message.Object("chat") is not { } chat || chat.Number("id") is not { } chatId)
            return reading with { PassedOver = "its button is in no message of a chat" };
        if (press.Text("data") is not { Length: > 0 } token) return reading with { PassedOver = "its button has no data" };
        return reading with
        {
            Event = new ButtonPressed(EventIdOf(reading), ChatOf(message, chat, chatId), sender, token)
            {
                MessageId = message.Number("message_id") is { } id ? Digits(id) : null,
                Ticket = new Ticket(query, clock.GetUtcNow() + AnswerTime),
                State = state,
            },
        };
    }

    /// <summary>Reads a change of the bot's own membership: it was added to a group or removed from it, or blocked or unblocked by a
    /// person.</summary>
    private UpdateReading ReadMembership(UpdateReading reading, JsonElement membership, IReadOnlyDictionary<string, string> state)
    {
        if (membership.Object("chat") is not { } chat || chat.Number("id") is not { } chatId)
            return reading with { Problem = "its membership is of no chat" };
        var (was, isIn) = (IsIn(membership.Object("old_chat_member")), IsIn(membership.Object("new_chat_member")));
        if (was == isIn) return reading with { PassedOver = "the bot was in the chat before and still is, or neither" };
        var place = ChatOf(membership, chat, chatId);
        // A person who blocks the bot is told of as one who removes it from the private chat (Bot API, my_chat_member).
        var change = isIn ? MemberChange.BotAdded : place.Kind == ChatKind.Direct ? MemberChange.BotBlocked : MemberChange.BotRemoved;
        return reading with
        {
            Event = new MembersChanged(EventIdOf(reading), place, SenderOf(membership, chat, chatId), change)
            {
                PlatformTime = TimeOf(membership, isEdit: false),
                State = state,
            },
        };

        static bool IsIn(JsonElement? member) => member?.Text("status") is "member" or "administrator" or "creator"
            || (member?.Text("status") == "restricted" && member.Value.Flag("is_member"));
    }

    private static Chat ChatOf(JsonElement message, JsonElement chat, long chatId)
    {
        var kind = chat.Text("type") switch { "private" => ChatKind.Direct, "channel" => ChatKind.Channel, _ => ChatKind.Group };
        // Outside topics a thread is only the chain of replies a message stands in.
        var topic = message.Flag("is_topic_message") ? message.Number("message_thread_id") : null;
        return new Chat(Digits(chatId), kind, topic is { } id ? Digits(id) : null) { Title = chat.Text("title") };
    }

    private Sender SenderOf(JsonElement message, JsonElement chat, long chatId) =>
        FactsReader.SenderOf(message, self) ?? new Sender(Digits(chatId), chat.Text("title"));

    private static DateTimeOffset? TimeOf(JsonElement message, bool isEdit)
    {
        var seconds = (isEdit ? message.Number("edit_date") : null) ?? message.Number("date");
        return seconds is > 0 and < 253_402_300_800 ? DateTimeOffset.FromUnixTimeSeconds(seconds.Value) : null;
    }

    private static string Digits(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The last so many texts. Any thread.</summary>
internal sealed class Remembered(int most)
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = [];

    public void Add(string text)
    {
        lock (_lock)
        {
            if (!_known.Add(text)) return;
            _order.Enqueue(text);
            if (_order.Count > most) _known.Remove(_order.Dequeue());
        }
    }

    public bool Contains(string text)
    {
        lock (_lock) return _known.Contains(text);
    }
}
