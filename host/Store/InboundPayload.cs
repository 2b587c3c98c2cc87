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

/// <summary>A received message, without the adapter's state, which is committed beside it, and without reports of a membership, which are not
/// stored.</summary>
internal sealed record InboundPayload(
    string? EventId, ChatPayload Chat, SenderPayload Sender, string? Text, AttachmentPayload[]? Attachments, DateTimeOffset? PlatformTime,
    bool IsEdit, bool MentionsBot, Dictionary<string, string>? Extras, string? MessageId = null)
{
    public QuotePayload? Quote { get; init; }

    public OriginPayload? ForwardedFrom { get; init; }

    public string? GroupId { get; init; }

    public CommandPayload? Command { get; init; }

    public MentionPayload[]? Mentions { get; init; }

    public LocationPayload? Location { get; init; }

    /// <summary>Id of the quoted message, in messages of versions that knew nothing else of it; read only.</summary>
    public string? ReplyTo { get; init; }

    public static InboundPayload From(InboundMessage m) => new(
        m.EventId, ChatPayload.From(m.Chat), SenderPayload.From(m.Sender), m.Text, Of(m.Attachments, AttachmentPayload.From), m.PlatformTime, m.IsEdit,
        m.MentionsBot, m.Extras.Count == 0 ? null : new(m.Extras), m.MessageId)
    {
        Quote = m.Quote is { } quote ? QuotePayload.From(quote) : null,
        ForwardedFrom = m.ForwardedFrom is { } origin ? OriginPayload.From(origin) : null,
        GroupId = m.GroupId,
        Command = m.Command is { } command ? CommandPayload.From(command) : null,
        Mentions = Of(m.Mentions, MentionPayload.From),
        Location = m.Location is { } location ? LocationPayload.From(location) : null,
    };

    public InboundMessage ToMessage() => new(EventId, Chat.ToChat(), Sender.ToSender(), Text ?? "")
    {
        MessageId = MessageId,
        Attachments = [.. (Attachments ?? []).Select(static attachment => attachment.ToAttachment())],
        Quote = Quote?.ToQuote() ?? (ReplyTo is null ? null : new Quote(ReplyTo)),
        ForwardedFrom = ForwardedFrom?.ToOrigin(),
        GroupId = GroupId,
        Command = Command?.ToCommand(),
        Mentions = [.. (Mentions ?? []).Select(static mention => mention.ToMention())],
        Location = Location?.ToLocation(),
        PlatformTime = PlatformTime,
        IsEdit = IsEdit,
        MentionsBot = MentionsBot,
        Extras = Extras ?? [],
    };

    private static TPayload[]? Of<T, TPayload>(IReadOnlyList<T> list, Func<T, TPayload> convert) => list.Count == 0 ? null : [.. list.Select(convert)];
}
