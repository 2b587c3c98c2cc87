namespace PluginGateway.Store;

internal sealed record ChatPayload(string Id, ChatKind Kind, string? Thread, string? Title = null)
{
    public static ChatPayload From(Chat chat) => new(chat.Id, chat.Kind, chat.Thread, chat.Title);

    public Chat ToChat() => new(Id, Kind, Thread) { Title = Title };
}

internal sealed record SenderPayload(
    string Id, string? Name, bool IsBot, bool IsSelf = false, string? Username = null, string? Language = null, string? Account = null)
{
    public static SenderPayload From(Sender s) => new(s.Id, s.Name, s.IsBot, s.IsSelf, s.Username, s.Language, s.Account);

    public Sender ToSender() => new(Id, Name, IsBot) { IsSelf = IsSelf, Username = Username, Language = Language, Account = Account };
}

internal sealed record AttachmentPayload(
    string Reference, AttachmentKind Kind, string? Name, string? ContentType, long? Size, TimeSpan? Duration = null)
{
    public static AttachmentPayload From(Attachment a) => new(a.Reference, a.Kind, a.Name, a.ContentType, a.Size, a.Duration);

    public Attachment ToAttachment() => new(Reference, Kind) { Name = Name, ContentType = ContentType, Size = Size, Duration = Duration };
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

/// <summary>A received event, without the adapter's state, which is committed beside it.</summary>
internal sealed record InboundPayload(
    string? EventId, ChatPayload Chat, SenderPayload? Sender, string? Text, AttachmentPayload[]? Attachments, DateTimeOffset? PlatformTime,
    bool IsEdit, bool MentionsBot, Dictionary<string, string>? Extras, string? MessageId = null)
{
    /// <summary>Kinds of events beside messages, as rows name them.</summary>
    public const string Edited = "edited", Deleted = "deleted", Reaction = "reaction", Membership = "members";

    /// <summary>Kind of the event; null: a message, or an edit of a version that marked edits by <see cref="IsEdit"/> only.</summary>
    public string? Kind { get; init; }

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

    /// <summary>Name of a <see cref="MemberChange"/>.</summary>
    public string? Change { get; init; }

    public SenderPayload[]? Members { get; init; }

    /// <summary>Returns the name of an event's kind; null: a message.</summary>
    public static string? KindOf(InboundEvent e) => e switch
    {
        MessageEdited => Edited,
        MessageDeleted => Deleted,
        ReactionChanged => Reaction,
        MembersChanged => Membership,
        _ => null,
    };

    public static InboundPayload From(InboundEvent e)
    {
        var payload = new InboundPayload(
            e.EventId, ChatPayload.From(e.Chat), e.Sender is { } sender ? SenderPayload.From(sender) : null, null, null, e.PlatformTime, false, false,
            e.Extras.Count == 0 ? null : new(e.Extras))
        {
            Kind = KindOf(e)
        };
        return e switch
        {
            ContentEvent content => From(payload, content),
            MessageDeleted deleted => payload with { MessageIds = [.. deleted.MessageIds] },
            ReactionChanged reaction => payload with
            {
                MessageId = reaction.MessageId,
                Added = Of(reaction.Added, static emoji => emoji),
                Removed = Of(reaction.Removed, static emoji => emoji),
            },
            MembersChanged members => payload with { Change = members.Change.ToString(), Members = Of(members.Members, SenderPayload.From) },
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
            }),
            null or Edited => Fill(new MessageEdited(EventId, Chat.ToChat(), Author(), MessageId, Text ?? "")),
            Deleted => new MessageDeleted(EventId, Chat.ToChat(), Sender?.ToSender(), MessageIds ?? []),
            Reaction => new ReactionChanged(EventId, Chat.ToChat(), Sender?.ToSender(), MessageId ?? "")
            {
                Added = Added ?? [],
                Removed = Removed ?? [],
            },
            Membership => new MembersChanged(EventId, Chat.ToChat(), Sender?.ToSender(), Enum.Parse<MemberChange>(Change ?? ""))
            {
                Members = [.. (Members ?? []).Select(static member => member.ToSender())],
            },
            _ => throw new ArgumentException($"'{Kind}' is no kind of event of this version."),
        };
        return e with { PlatformTime = PlatformTime, Extras = Extras ?? [] };
    }

    private static InboundPayload From(InboundPayload payload, ContentEvent content)
    {
        payload = payload with
        {
            Text = content.Text,
            Attachments = Of(content.Attachments, AttachmentPayload.From),
            MentionsBot = content.MentionsBot,
            MessageId = content.MessageId,
            Mentions = Of(content.Mentions, MentionPayload.From),
            Location = content.Location is { } location ? LocationPayload.From(location) : null,
        };
        return content is not InboundMessage message ? payload : payload with
        {
            Quote = message.Quote is { } quote ? QuotePayload.From(quote) : null,
            ForwardedFrom = message.ForwardedFrom is { } origin ? OriginPayload.From(origin) : null,
            GroupId = message.GroupId,
            Command = message.Command is { } command ? CommandPayload.From(command) : null,
        };
    }

    private Sender Author() => Sender?.ToSender() ?? throw new ArgumentException("The stored message has no sender.");

    private ContentEvent Fill(ContentEvent content) => content with
    {
        MessageId = MessageId,
        Attachments = [.. (Attachments ?? []).Select(static attachment => attachment.ToAttachment())],
        Mentions = [.. (Mentions ?? []).Select(static mention => mention.ToMention())],
        Location = Location?.ToLocation(),
        MentionsBot = MentionsBot,
    };

    private static TPayload[]? Of<T, TPayload>(IReadOnlyList<T> list, Func<T, TPayload> convert) =>
        list.Count == 0 ? null : [.. list.Select(convert)];
}
