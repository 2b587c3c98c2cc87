using PluginGateway.Serialization;

namespace PluginGateway.Store;

/// <summary>A chat. <paramref name="Kind"/>: the name of a <see cref="ChatKind"/>; null: it is not known.</summary>
internal sealed record ChatPayload(string Id, string? Kind, string? Thread, string? Title = null)
{
    public static ChatPayload From(Chat chat) => new(chat.Id, NameOf(chat.Kind), chat.Thread, chat.Title);

    public static string? NameOf(ChatKind kind) => kind == ChatKind.Unknown ? null : kind.Name();

    public Chat ToChat() => new(Id, EnumNames.Parse<ChatKind>(Kind) ?? ChatKind.Unknown, Thread) { Title = Title };
}

internal sealed record SenderPayload(
    string Id, string? Name, bool IsBot, bool IsSelf = false, string? Username = null, string? Language = null, string? Account = null)
{
    public static SenderPayload From(Sender s) => new(s.Id, s.Name, s.IsBot, s.IsSelf, s.Username, s.Language, s.Account);

    public Sender ToSender() => new(Id, Name, IsBot) { IsSelf = IsSelf, Username = Username, Language = Language, Account = Account };
}

/// <summary>An attachment. <paramref name="Kind"/>: the name of an <see cref="AttachmentKind"/>; unknown ones are files.</summary>
internal sealed record AttachmentPayload(
    string Reference, string? Kind, string? Name, string? ContentType, long? Size, TimeSpan? Duration = null)
{
    public static AttachmentPayload From(Attachment a) => new(a.Reference, a.Kind.Name(), a.Name, a.ContentType, a.Size, a.Duration);

    public Attachment ToAttachment() => new(Reference, EnumNames.Parse<AttachmentKind>(Kind) ?? AttachmentKind.File)
    {
        Name = Name,
        ContentType = ContentType,
        Size = Size,
        Duration = Duration,
    };
}

internal sealed record QuotePayload(string? MessageId, string? Text, SenderPayload? Sender)
{
    public static QuotePayload From(Quote q) => new(q.MessageId, q.Text, q.Sender is { } sender ? SenderPayload.From(sender) : null);

    public Quote ToQuote() => new(MessageId) { Text = Text, Sender = Sender?.ToSender() };
}

internal sealed record OriginPayload(string? Name, string? SenderId, string? ChatId, string? MessageId, DateTimeOffset? PlatformTime)
{
    public static OriginPayload From(ForwardOrigin o) => new(o.Name, o.SenderId, o.ChatId, o.MessageId, o.PlatformTime);

    public ForwardOrigin ToOrigin() => new(Name) { SenderId = SenderId, ChatId = ChatId, MessageId = MessageId, PlatformTime = PlatformTime };
}

internal sealed record CommandPayload(string Name, string? Arguments, Dictionary<string, string>? Options)
{
    public static CommandPayload From(InvokedCommand c) => new(c.Name, c.Arguments, c.Options.Count == 0 ? null : new(c.Options));

    public InvokedCommand ToCommand() => new(Name, Arguments ?? "") { Options = Options ?? [] };
}

internal sealed record MentionPayload(string Name, int Offset, int Length, string? Id)
{
    public static MentionPayload From(Mention m) => new(m.Name, m.Offset, m.Length, m.Id);

    public Mention ToMention() => new(Name, Offset, Length) { Id = Id };
}

internal sealed record LocationPayload(double Latitude, double Longitude, string? Name, string? Address)
{
    public static LocationPayload From(Location l) => new(l.Latitude, l.Longitude, l.Name, l.Address);

    public Location ToLocation() => new(Latitude, Longitude) { Name = Name, Address = Address };
}

/// <summary>A pressed button. <paramref name="Message"/>: the reference of its message (m12).</summary>
internal sealed record PressedPayload(string Id, string Label, string Message)
{
    public static PressedPayload From(PressedButton b) => new(b.Id, b.Label, b.Target.Id ?? "");

    public PressedButton ToButton() => new(Id, Label, MessageTarget.Owed(Message));
}

/// <summary>A received event, without the adapter's state, which is committed beside it.</summary>
internal sealed record InboundPayload(
    string? EventId, ChatPayload Chat, SenderPayload? Sender, string? Text, AttachmentPayload[]? Attachments, DateTimeOffset? PlatformTime,
    bool IsEdit, bool MentionsBot, Dictionary<string, string>? Extras, string? MessageId = null)
{
    /// <summary>Kinds of events beside messages, as rows name them.</summary>
    public const string Edited = "edited", Deleted = "deleted", Reaction = "reaction", Membership = "members",
        Pressed = "pressed";

    /// <summary>Kind of the event; null: a message, or an edit of a version that marked edits by <see cref="IsEdit"/> only.</summary>
    public string? Kind { get; init; }

    /// <summary>Name of the <see cref="TextFormat"/> of the text; null: plain.</summary>
    public string? Format { get; init; }

    public QuotePayload? Quote { get; init; }

    public OriginPayload? ForwardedFrom { get; init; }

    public string? GroupId { get; init; }

    public CommandPayload? Command { get; init; }

    public MentionPayload[]? Mentions { get; init; }

    public LocationPayload? Location { get; init; }

    /// <summary>Id of the quoted message, in messages of versions that knew nothing else of it; read only.</summary>
    public string? ReplyTo { get; init; }

    public string[]? MessageIds { get; init; }

    public string[]? Added { get; init; }

    public string[]? Removed { get; init; }

    /// <summary>Platform's ids of its own emoji, at the places of <see cref="Added"/>; null: none has one.</summary>
    public string?[]? AddedIds { get; init; }

    /// <summary>Platform's ids of its own emoji, at the places of <see cref="Removed"/>; null: none has one.</summary>
    public string?[]? RemovedIds { get; init; }

    /// <summary>Name of a <see cref="MemberChange"/>.</summary>
    public string? Change { get; init; }

    public SenderPayload[]? Members { get; init; }

    /// <summary>Token of a pressed button.</summary>
    public string? Token { get; init; }

    public PressedPayload? Button { get; init; }

    /// <summary>True for a part of a text that the sender's client has split, because it was too long.</summary>
    public bool IsSplit { get; init; }

    /// <summary>True for a message that is heard only with another of its turn, which is for the bot.</summary>
    public bool IsUnaddressed { get; init; }

    /// <summary>Values of the fields of a press; null: there are none.</summary>
    public Dictionary<string, string>? Values { get; init; }

    /// <summary>Returns the name of an event's kind; null: a message.</summary>
    public static string? KindOf(InboundEvent e) => e switch
    {
        MessageEdited => Edited,
        MessageDeleted => Deleted,
        ReactionChanged => Reaction,
        MembersChanged => Membership,
        ButtonPressed => Pressed,
        _ => null,
    };

    /// <param name="e">The event.</param>
    /// <param name="isUnaddressed">True: it is heard only with another of its turn.</param>
    public static InboundPayload From(InboundEvent e, bool isUnaddressed = false)
    {
        if (e is ContentEvent content) return From(content, isUnaddressed);
        var payload = new InboundPayload(
            e.EventId, ChatPayload.From(e.Chat), e.Sender is { } sender ? SenderPayload.From(sender) : null, null, null, e.PlatformTime, false, false,
            ExtrasOf(e))
        {
            Kind = KindOf(e),
            IsUnaddressed = isUnaddressed,
        };
        return e switch
        {
            MessageDeleted deleted => payload with { MessageIds = [.. deleted.MessageIds] },
            ReactionChanged reaction => payload with
            {
                MessageId = reaction.MessageId,
                Added = Of(reaction.Added, static one => one.Emoji),
                Removed = Of(reaction.Removed, static one => one.Emoji),
                AddedIds = IdsOf(reaction.Added),
                RemovedIds = IdsOf(reaction.Removed),
            },
            ButtonPressed press => payload with
            {
                MessageId = press.MessageId,
                Token = press.Token,
                Button = press.Button is { } button ? PressedPayload.From(button) : null,
                Values = press.Values.Count == 0 ? null : new(press.Values),
            },
            MembersChanged members => payload with { Change = members.Change.Name(), Members = Of(members.Members, SenderPayload.From) },
            _ => throw new ArgumentException($"{e.GetType().Name} is no event of this version.", nameof(e)),
        };
    }

    /// <exception cref="ArgumentException">The contract's records refuse the event, or its kind is of a newer version.</exception>
    public InboundEvent ToEvent()
    {
        InboundEvent e = Kind switch
        {
            null when !IsEdit => Fill(new InboundMessage(EventId, Chat.ToChat(), Author(), Text ?? "")
            {
                Quote = Quote?.ToQuote() ?? (ReplyTo is null ? null : new Quote(ReplyTo)),
                ForwardedFrom = ForwardedFrom?.ToOrigin(),
                GroupId = GroupId,
                Command = Command?.ToCommand(),
                IsSplit = IsSplit,
            }),
            null or Edited => Fill(new MessageEdited(EventId, Chat.ToChat(), Author(), MessageId, Text ?? "")),
            Deleted => new MessageDeleted(EventId, Chat.ToChat(), Sender?.ToSender(), MessageIds ?? []),
            Reaction => new ReactionChanged(EventId, Chat.ToChat(), Sender?.ToSender(), MessageId ?? "")
            {
                Added = EmojiOf(Added, AddedIds),
                Removed = EmojiOf(Removed, RemovedIds),
            },
            Membership => new MembersChanged(EventId, Chat.ToChat(), Sender?.ToSender(), Enum.Parse<MemberChange>(Change ?? ""))
            {
                Members = [.. (Members ?? []).Select(static member => member.ToSender())],
            },
            Pressed => new ButtonPressed(EventId, Chat.ToChat(), Author(), Token ?? "")
            {
                MessageId = MessageId, Button = Button?.ToButton(), Values = Values ?? [],
            },
            _ => throw new ArgumentException($"'{Kind}' is no kind of event of this version."),
        };
        return e with { PlatformTime = PlatformTime, Extras = Extras ?? [] };
    }

    /// <summary>In one object, not in copies of one: most events are messages.</summary>
    private static InboundPayload From(ContentEvent content, bool isUnaddressed)
    {
        var message = content as InboundMessage;
        return new(
            content.EventId, ChatPayload.From(content.Chat), content.Sender is { } sender ? SenderPayload.From(sender) : null, content.Text,
            Of(content.Attachments, AttachmentPayload.From), content.PlatformTime, false, content.MentionsBot, ExtrasOf(content), content.MessageId)
        {
            Kind = KindOf(content),
            IsUnaddressed = isUnaddressed,
            Format = content.Format == TextFormat.Plain ? null : content.Format.Name(),
            Mentions = Of(content.Mentions, MentionPayload.From),
            Location = content.Location is { } location ? LocationPayload.From(location) : null,
            Quote = message?.Quote is { } quote ? QuotePayload.From(quote) : null,
            ForwardedFrom = message?.ForwardedFrom is { } origin ? OriginPayload.From(origin) : null,
            GroupId = message?.GroupId,
            Command = message?.Command is { } command ? CommandPayload.From(command) : null,
            IsSplit = message?.IsSplit ?? false,
        };
    }

    private static Dictionary<string, string>? ExtrasOf(InboundEvent e) => e.Extras.Count == 0 ? null : new(e.Extras);

    private Sender Author() => Sender?.ToSender() ?? throw new ArgumentException("The stored message has no sender.");

    private ContentEvent Fill(ContentEvent content) => content with
    {
        Format = EnumNames.Parse<TextFormat>(Format) ?? TextFormat.Plain,
        MessageId = MessageId,
        Attachments = [.. (Attachments ?? []).Select(static attachment => attachment.ToAttachment())],
        Mentions = [.. (Mentions ?? []).Select(static mention => mention.ToMention())],
        Location = Location?.ToLocation(),
        MentionsBot = MentionsBot,
    };

    private static string?[]? IdsOf(IReadOnlyList<ReactionEmoji> emoji) =>
        emoji.Any(static one => one.CustomId is not null) ? Of(emoji, static one => one.CustomId) : null;

    private static IReadOnlyList<ReactionEmoji> EmojiOf(string[]? emoji, string?[]? ids) =>
        [.. (emoji ?? []).Select((one, place) => new ReactionEmoji(one) { CustomId = ids?.ElementAtOrDefault(place) })];

    private static TPayload[]? Of<T, TPayload>(IReadOnlyList<T> list, Func<T, TPayload> convert) =>
        list.Count == 0 ? null : [.. list.Select(convert)];
}
