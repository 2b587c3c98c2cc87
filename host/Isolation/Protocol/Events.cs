namespace PluginGateway.Isolation.Protocol;

/// <summary>Serialisation of received events between gateway and worker.</summary>
internal static class Events
{
    /// <summary>Kinds as frames name them.</summary>
    private enum Kind
    {
        Message,
        Edited,
        Deleted,
        Reaction,
        Members,
        Pressed,
        Delivery,
    }

    public static void Write(this FrameWriter writer, InboundEvent e)
    {
        writer.Name(KindOf(e)).Text(e.EventId).Write(e.Chat);
        writer.Maybe(e.Sender, static (to, sender) => to.Write(sender)).Maybe(e.PlatformTime).Map(e.State).Map(e.Extras)
            .Maybe(e.Ticket, Interactions.Write);
        switch (e)
        {
            case ContentEvent content:
                Write(writer, content);
                break;
            case MessageDeleted deleted:
                writer.List(deleted.MessageIds, static (to, id) => to.Text(id));
                break;
            case ReactionChanged reaction:
                writer.Text(reaction.MessageId).List(reaction.Added, Write).List(reaction.Removed, Write);
                break;
            case ButtonPressed press:
                writer.Text(press.Token).Text(press.MessageId).Map(press.Values);
                break;
            case DeliveryChanged delivery:
                writer.Text(delivery.MessageId).Name(delivery.Change).Text(delivery.Error);
                break;
            case MembersChanged members:
                writer.Name(members.Change).List(members.Members, static (to, member) => to.Write(member));
                break;
        }
    }

    public static InboundEvent Read(ref FrameReader reader)
    {
        var kind = reader.Name<Kind>();
        var (eventId, chat, sender) = (reader.MaybeText(), Messages.ReadChat(ref reader), reader.Maybe(Messages.ReadSender));
        var (time, state, extras, ticket) = (reader.MaybeTime(), reader.Map(), reader.Map(), reader.Maybe(Interactions.ReadTicket));
        InboundEvent e = kind switch
        {
            Kind.Message => ReadMessage(new InboundMessage(eventId, chat, sender ?? throw NoSender(), ""), ref reader),
            Kind.Edited => ReadContent(new MessageEdited(eventId, chat, sender ?? throw NoSender(), null, ""), ref reader),
            Kind.Deleted => new MessageDeleted(eventId, chat, sender, reader.List(static (ref FrameReader from) => from.Text())),
            Kind.Reaction => new ReactionChanged(eventId, chat, sender, reader.Text())
            {
                Added = reader.List(ReadEmoji),
                Removed = reader.List(ReadEmoji),
            },
            Kind.Members => new MembersChanged(eventId, chat, sender, reader.Name<MemberChange>()) { Members = reader.List(Messages.ReadSender) },
            Kind.Delivery => new DeliveryChanged(eventId, chat, sender, reader.Text(), reader.Name<DeliveryChange>()) { Error = reader.MaybeText() },
            Kind.Pressed => new ButtonPressed(eventId, chat, sender ?? throw NoSender(), reader.Text())
            {
                MessageId = reader.MaybeText(),
                Values = reader.Map(),
            },
            _ => throw new ProtocolException($"{kind} is no kind of event of this version."),
        };
        return e with { PlatformTime = time, State = state, Extras = extras, Ticket = ticket };
    }

    private static void Write(FrameWriter writer, ReactionEmoji one) => writer.Text(one.Emoji).Text(one.CustomId);

    private static ReactionEmoji ReadEmoji(ref FrameReader reader) => new(reader.Text()) { CustomId = reader.MaybeText() };

    private static void Write(FrameWriter writer, ContentEvent content)
    {
        writer.Text(content.Text).Name(content.Format).Text(content.MessageId).List(content.Attachments, static (to, attachment) => to.Write(attachment))
            .Maybe(content.Location, Facts.Write).List(content.Mentions, Facts.Write).Flag(content.MentionsBot);
        if (content is InboundMessage message)
            writer.Maybe(message.Quote, Facts.Write).Maybe(message.ForwardedFrom, Facts.Write).Text(message.GroupId)
                .Maybe(message.Command, Facts.Write).Flag(message.IsHistory);
    }

    private static ContentEvent ReadContent(ContentEvent content, ref FrameReader reader) => content with
    {
        Text = reader.Text(),
        Format = reader.Name<TextFormat>(),
        MessageId = reader.MaybeText(),
        Attachments = reader.List(Messages.ReadAttachment),
        Location = reader.Maybe(Facts.ReadLocation),
        Mentions = reader.List(Facts.ReadMention),
        MentionsBot = reader.Flag(),
    };

    private static InboundMessage ReadMessage(InboundMessage message, ref FrameReader reader) => (InboundMessage)ReadContent(message, ref reader) with
    {
        Quote = reader.Maybe(Facts.ReadQuote),
        ForwardedFrom = reader.Maybe(Facts.ReadOrigin),
        GroupId = reader.MaybeText(),
        Command = reader.Maybe(Facts.ReadCommand),
        IsHistory = reader.Flag(),
    };

    private static Kind KindOf(InboundEvent e) => e switch
    {
        InboundMessage => Kind.Message,
        MessageEdited => Kind.Edited,
        MessageDeleted => Kind.Deleted,
        ReactionChanged => Kind.Reaction,
        MembersChanged => Kind.Members,
        ButtonPressed => Kind.Pressed,
        DeliveryChanged => Kind.Delivery,
        _ => throw new ArgumentException($"{e.GetType().Name} is no event of this version.", nameof(e)),
    };

    private static ProtocolException NoSender() => new("The event has no sender.");
}
