namespace PluginGateway.Isolation.Protocol;

/// <summary>Serialisation of received events between gateway and worker.</summary>
internal static class Events
{
    /// <summary>Kinds as frames number them. Never renumbered.</summary>
    private enum Kind : byte
    {
        Message = 1,
        Edited = 2,
        Deleted = 3,
        Reaction = 4,
        Members = 5,
    }

    public static void Write(this FrameWriter writer, InboundEvent e)
    {
        writer.Byte((byte)KindOf(e)).Text(e.EventId).Write(e.Chat);
        writer.Maybe(e.Sender, static (to, sender) => to.Write(sender)).Maybe(e.PlatformTime).Map(e.State).Map(e.Extras);
        switch (e)
        {
            case ContentEvent content:
                Write(writer, content);
                break;
            case MessageDeleted deleted:
                writer.List(deleted.MessageIds, static (to, id) => to.Text(id));
                break;
            case ReactionChanged reaction:
                writer.Text(reaction.MessageId).List(reaction.Added, static (to, emoji) => to.Text(emoji))
                    .List(reaction.Removed, static (to, emoji) => to.Text(emoji));
                break;
            case MembersChanged members:
                writer.Byte((byte)members.Change).List(members.Members, static (to, member) => to.Write(member));
                break;
        }
    }

    public static InboundEvent Read(ref FrameReader reader)
    {
        var kind = (Kind)reader.Byte();
        var (eventId, chat, sender) = (reader.MaybeText(), Messages.ReadChat(ref reader), reader.Maybe(Messages.ReadSender));
        var (time, state, extras) = (reader.MaybeTime(), reader.Map(), reader.Map());
        InboundEvent e = kind switch
        {
            Kind.Message => ReadMessage(new InboundMessage(eventId, chat, sender ?? throw NoSender(), ""), ref reader),
            Kind.Edited => ReadContent(new MessageEdited(eventId, chat, sender ?? throw NoSender(), null, ""), ref reader),
            Kind.Deleted => new MessageDeleted(eventId, chat, sender, reader.List(static (ref FrameReader from) => from.Text())),
            Kind.Reaction => new ReactionChanged(eventId, chat, sender, reader.Text())
            {
                Added = reader.List(static (ref FrameReader from) => from.Text()),
                Removed = reader.List(static (ref FrameReader from) => from.Text()),
            },
            Kind.Members => new MembersChanged(eventId, chat, sender, (MemberChange)reader.Byte()) { Members = reader.List(Messages.ReadSender) },
            _ => throw new ProtocolException($"{(byte)kind} is no kind of event."),
        };
        return e with { PlatformTime = time, State = state, Extras = extras };
    }

    private static void Write(FrameWriter writer, ContentEvent content)
    {
        writer.Text(content.Text).Text(content.MessageId).List(content.Attachments, static (to, attachment) => to.Write(attachment))
            .Maybe(content.Location, Facts.Write).List(content.Mentions, Facts.Write).Flag(content.MentionsBot);
        if (content is InboundMessage message)
            writer.Maybe(message.Quote, Facts.Write).Maybe(message.ForwardedFrom, Facts.Write).Text(message.GroupId)
                .Maybe(message.Command, Facts.Write);
    }

    private static ContentEvent ReadContent(ContentEvent content, ref FrameReader reader) => content with
    {
        Text = reader.Text(),
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
    };

    private static Kind KindOf(InboundEvent e) => e switch
    {
        InboundMessage => Kind.Message,
        MessageEdited => Kind.Edited,
        MessageDeleted => Kind.Deleted,
        ReactionChanged => Kind.Reaction,
        MembersChanged => Kind.Members,
        _ => throw new ArgumentException($"{e.GetType().Name} is no event of this version.", nameof(e)),
    };

    private static ProtocolException NoSender() => new("The event has no sender.");
}
