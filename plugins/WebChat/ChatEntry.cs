using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace PluginGateway.Plugins.WebChat;

/// <summary>Identity of a message. The two sides of a conversation count apart.</summary>
internal readonly record struct EntryKey(string Conversation, bool FromUser, string Id);

/// <summary>File of a message.</summary>
/// <param name="Id">The id of the file, which cannot be guessed: everybody who knows it can read the file.</param>
/// <param name="Name">The name, of one path segment.</param>
/// <param name="ContentType">The media type.</param>
/// <param name="Size">The size in bytes.</param>
internal sealed record ChatFile(
    [property: JsonPropertyName("id"), JsonRequired] string Id,
    [property: JsonPropertyName("n"), JsonRequired] string Name,
    [property: JsonPropertyName("m"), JsonRequired] string ContentType,
    [property: JsonPropertyName("s")] long Size)
{
    /// <summary>Reference for the gateway.</summary>
    [JsonIgnore]
    public Attachment Attachment => new(Id, FileType.KindOf(ContentType)) { Name = Name, ContentType = ContentType, Size = Size };
}

/// <summary>Message of a conversation in its present state: a line of the log. A later line of the same message replaces the earlier one.</summary>
/// <param name="Conversation">The id of the conversation.</param>
/// <param name="Id">The visitor's own id, or the key of the reply.</param>
/// <param name="FromUser">True for the visitor's side.</param>
/// <param name="Text">The text of the message.</param>
/// <param name="Time">The time of arrival, in milliseconds since 1970.</param>
internal sealed record ChatEntry(
    [property: JsonPropertyName("c"), JsonRequired] string Conversation,
    [property: JsonPropertyName("id"), JsonRequired] string Id,
    [property: JsonPropertyName("u")] bool FromUser,
    [property: JsonPropertyName("text"), JsonRequired] string Text,
    [property: JsonPropertyName("t")] long Time)
{
    private const int MostApplied = 32;

    /// <summary>Identity of the message.</summary>
    [JsonIgnore]
    public EntryKey Key => new(Conversation, FromUser, Id);

    /// <summary>Number of changes since the message was sent. A page takes the state with the higher number.</summary>
    [JsonPropertyName("v")]
    public int Version { get; init; }

    /// <summary>Time of the last edit in milliseconds since 1970; 0: never edited.</summary>
    [JsonPropertyName("e")]
    public long Edited { get; init; }

    /// <summary>True for a deleted message, of which only the identity is kept.</summary>
    [JsonPropertyName("d")]
    public bool IsDeleted { get; init; }

    /// <summary>Id of the message of the conversation that this one answers, or null.</summary>
    [JsonPropertyName("r")]
    public string? ReplyTo { get; init; }

    /// <summary>Files of the message, or null for none.</summary>
    [JsonPropertyName("f")]
    public IReadOnlyList<ChatFile>? Files { get; init; }

    /// <summary>Buttons of a reply, or null for none.</summary>
    [JsonPropertyName("k")]
    public IReadOnlyList<ChatButton>? Buttons { get; init; }

    /// <summary>Reaction of the bot, or null.</summary>
    [JsonPropertyName("b")]
    public string? BotReaction { get; init; }

    /// <summary>Reactions of the visitor, or null for none.</summary>
    [JsonPropertyName("w")]
    public IReadOnlyList<string>? UserReactions { get; init; }

    /// <summary>Ids of the visitor's last changes, or null for none: a change that is posted again after a later one is not made again.</summary>
    [JsonPropertyName("x")]
    public IReadOnlyList<string>? Applied { get; init; }

    /// <summary>Returns the message with another text; the same instance if it has that text, null if it is deleted.</summary>
    public ChatEntry? WithText(string text, long time) =>
        IsDeleted ? null : text == Text ? this : this with { Text = text, Edited = time, Version = Version + 1 };

    /// <summary>Returns the message with another text and other buttons; the same instance if it has those, null if it is deleted.</summary>
    public ChatEntry? WithContent(string text, IReadOnlyList<ChatButton>? buttons, long time) =>
        IsDeleted || (Buttons ?? []).SequenceEqual(buttons ?? []) ? WithText(text, time)
        : this with { Text = text, Buttons = buttons, Edited = text == Text ? Edited : time, Version = Version + 1 };

    /// <summary>Returns the message with another reaction of the bot; the same instance if it has that one, null if it is deleted.</summary>
    public ChatEntry? WithBotReaction(string? emoji) =>
        IsDeleted ? null : emoji == BotReaction ? this : this with { BotReaction = emoji, Version = Version + 1 };

    /// <summary>Returns the message with a reaction of the visitor more or less; the same instance if it is so, null if the message is deleted or has
    /// as many as it may have.</summary>
    public ChatEntry? WithUserReaction(string emoji, bool isRemoved)
    {
        var (reactions, has) = (UserReactions ?? [], UserReactions?.Contains(emoji) ?? false);
        if (IsDeleted || (!isRemoved && !has && reactions.Count >= ChatLimits.MostReactions)) return null;
        if (has != isRemoved) return this;
        IReadOnlyList<string> left = isRemoved ? [.. reactions.Where(other => other != emoji)] : [.. reactions, emoji];
        return this with { UserReactions = left.Count > 0 ? left : null, Version = Version + 1 };
    }

    /// <summary>True if the visitor's change with this id was made, as far as that is kept.</summary>
    public bool WasApplied(string id) => Applied?.Contains(id) ?? false;

    /// <summary>Returns the message with the id of a change that was made; the same instance if it made none.</summary>
    public ChatEntry WithApplied(string id, ChatEntry unless) =>
        ReferenceEquals(this, unless) ? this : this with { Applied = [.. (Applied ?? []).TakeLast(MostApplied - 1), id] };

    /// <summary>Returns the message as deleted; the same instance if it is deleted.</summary>
    public ChatEntry Deleted() => IsDeleted ? this : new(Conversation, Id, FromUser, "", Time) { IsDeleted = true, Version = Version + 1 };
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(ChatEntry))]
[JsonSerializable(typeof(ChatFile))]
internal sealed partial class ChatJson : JsonSerializerContext
{
    /// <summary>Options for JSON in which every script stays readable and short; characters with a meaning in HTML are still escaped.</summary>
    public static JsonWriterOptions WriterOptions { get; } = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };
}
