namespace PluginGateway.Isolation.Protocol;

/// <summary>Serialisation of messages to send, attachments and chats between gateway and worker.</summary>
internal static class Messages
{
    public static void Write(this FrameWriter writer, Chat chat) => writer.Text(chat.Id).Name(chat.Kind).Text(chat.Thread).Text(chat.Title);

    public static Chat ReadChat(ref FrameReader reader) =>
        new(reader.Text(), reader.Name<ChatKind>(), reader.MaybeText()) { Title = reader.MaybeText() };

    public static void Write(this FrameWriter writer, Sender sender) =>
        writer.Text(sender.Id).Text(sender.Name).Flag(sender.IsBot).Flag(sender.IsSelf)
            .Text(sender.Username).Text(sender.Language).Text(sender.Account);

    public static Sender ReadSender(ref FrameReader reader) => new(reader.Text(), reader.MaybeText(), reader.Flag())
    {
        IsSelf = reader.Flag(),
        Username = reader.MaybeText(),
        Language = reader.MaybeText(),
        Account = reader.MaybeText(),
    };

    public static void Write(this FrameWriter writer, Attachment attachment) =>
        writer.Text(attachment.Reference).Name(attachment.Kind).Text(attachment.Name).Text(attachment.ContentType).Maybe(attachment.Size)
            .Maybe(attachment.Duration?.Ticks);

    public static Attachment ReadAttachment(ref FrameReader reader) => new(reader.Text(), reader.Name<AttachmentKind>())
    {
        Name = reader.MaybeText(),
        ContentType = reader.MaybeText(),
        Size = reader.MaybeLong(),
        Duration = reader.MaybeLong() is { } ticks ? new TimeSpan(ticks) : null,
    };

    public static void Write(this FrameWriter writer, Acceptance acceptance) =>
        writer.Name(acceptance.Kind).Text(acceptance.Reason).Maybe(acceptance.Answer, Interactions.Write);

    public static Acceptance ReadAcceptance(ref FrameReader reader)
    {
        var (kind, reason, answer) = (reader.Name<AcceptanceKind>(), reader.MaybeText(), reader.Maybe(Interactions.ReadAnswer));
        var acceptance = kind switch
        {
            AcceptanceKind.Stored => Acceptance.Stored,
            AcceptanceKind.Duplicate => Acceptance.Duplicate,
            AcceptanceKind.Retired => Acceptance.Retired,
            AcceptanceKind.Discarded when reason is not null => Acceptance.Discarded(reason),
            AcceptanceKind.Refused when reason is not null => Acceptance.Refused(reason),
            _ => throw new ProtocolException($"{kind} without a reason is no acceptance."),
        };
        return answer is null ? acceptance : acceptance with { Answer = answer };
    }

    public static void Write(this FrameWriter writer, OutboundMessage message)
    {
        writer.Text(message.Key).Write(message.Chat);
        writer.Text(message.Text).Int(message.Attempt).Name(message.Format).Flag(message.Silent).Flag(message.LinkPreview);
        writer.List(message.Attachments, Write);
        writer.Text(message.ReplyTo).List(message.Buttons, Interactions.Write).Maybe(message.Deadline).Map(message.Extras)
            .Maybe(message.VisibleTo, static (to, person) => to.Write(person)).Maybe(message.Location, Facts.Write).Maybe(message.Ticket, Interactions.Write);
    }

    public static OutboundMessage ReadOutbound(ref FrameReader reader) => new(reader.Text(), ReadChat(ref reader), reader.Text())
    {
        Attempt = reader.Int(),
        Format = reader.Name<TextFormat>(),
        Silent = reader.Flag(),
        LinkPreview = reader.Flag(),
        Attachments = reader.List(ReadFile),
        ReplyTo = reader.MaybeText(),
        Buttons = reader.List(Interactions.ReadButton),
        Deadline = reader.MaybeTime(),
        Extras = reader.Map(),
        VisibleTo = reader.Maybe(ReadSender),
        Location = reader.Maybe(Facts.ReadLocation),
        Ticket = reader.Maybe(Interactions.ReadTicket),
    };

    public static void Write(FrameWriter writer, OutboundAttachment file) =>
        writer.Text(file.Path).Name(file.Kind).Text(file.Name).Text(file.ContentType);

    public static OutboundAttachment ReadFile(ref FrameReader reader) =>
        new(reader.Text(), reader.Name<AttachmentKind>()) { Name = reader.MaybeText(), ContentType = reader.MaybeText() };

    private static void Write(this FrameWriter writer, MessageRef message)
    {
        writer.Write(message.Chat);
        writer.Text(message.MessageId);
    }

    private static MessageRef ReadRef(ref FrameReader reader) => new(ReadChat(ref reader), reader.Text());

    public static void Write(this FrameWriter writer, MessageEdit edit)
    {
        writer.Text(edit.Key).Write(edit.Message);
        writer.Text(edit.Text).Int(edit.Attempt).Name(edit.Format).Flag(edit.LinkPreview).List(edit.Buttons, Interactions.Write)
            .Maybe(edit.Deadline);
    }

    public static MessageEdit ReadEdit(ref FrameReader reader) =>
        new(reader.Text(), ReadRef(ref reader), reader.Text())
        {
            Attempt = reader.Int(),
            Format = reader.Name<TextFormat>(),
            LinkPreview = reader.Flag(),
            Buttons = reader.List(Interactions.ReadButton),
            Deadline = reader.MaybeTime(),
        };

    public static void Write(this FrameWriter writer, MessageDeletion deletion)
    {
        writer.Text(deletion.Key).Write(deletion.Message);
        writer.Int(deletion.Attempt).Maybe(deletion.Deadline);
    }

    public static MessageDeletion ReadDeletion(ref FrameReader reader) =>
        new(reader.Text(), ReadRef(ref reader)) { Attempt = reader.Int(), Deadline = reader.MaybeTime() };

    public static void Write(this FrameWriter writer, ReactionUpdate reaction)
    {
        writer.Text(reaction.Key).Write(reaction.Message);
        writer.Text(reaction.Emoji).Int(reaction.Attempt).Maybe(reaction.Deadline);
    }

    public static ReactionUpdate ReadReaction(ref FrameReader reader) =>
        new(reader.Text(), ReadRef(ref reader), reader.MaybeText()) { Attempt = reader.Int(), Deadline = reader.MaybeTime() };

    public static void Write(this FrameWriter writer, TypingIndication indication)
    {
        writer.Write(indication.Chat);
        writer.Maybe(indication.Deadline);
    }

    public static TypingIndication ReadTyping(ref FrameReader reader) => new(ReadChat(ref reader)) { Deadline = reader.MaybeTime() };

    public static void Write(this FrameWriter writer, AttachmentRequest request)
    {
        writer.Write(request.Attachment);
        writer.Text(request.Path).Long(request.MaxBytes);
    }

    public static AttachmentRequest ReadAttachmentRequest(ref FrameReader reader) => new(ReadAttachment(ref reader), reader.Text(), reader.Long());

    public static void Write(this FrameWriter writer, FetchedAttachment fetched) => writer.Long(fetched.Size).Text(fetched.ContentType);

    public static FetchedAttachment ReadFetched(ref FrameReader reader) => new(reader.Long(), reader.MaybeText());
}
