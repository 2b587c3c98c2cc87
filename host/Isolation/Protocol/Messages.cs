namespace PluginGateway.Isolation.Protocol;

/// <summary>Serialisation of messages to send, attachments and chats between gateway and worker.</summary>
internal static class Messages
{
    public static void Write(this FrameWriter writer, Chat chat) => writer.Text(chat.Id).Byte((byte)chat.Kind).Text(chat.Thread).Text(chat.Title);

    public static Chat ReadChat(ref FrameReader reader) =>
        new(reader.Text(), (ChatKind)reader.Byte(), reader.MaybeText()) { Title = reader.MaybeText() };

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
        writer.Text(attachment.Reference).Byte((byte)attachment.Kind).Text(attachment.Name).Text(attachment.ContentType).Maybe(attachment.Size)
            .Maybe(attachment.Duration?.Ticks);

    public static Attachment ReadAttachment(ref FrameReader reader) => new(reader.Text(), (AttachmentKind)reader.Byte())
    {
        Name = reader.MaybeText(),
        ContentType = reader.MaybeText(),
        Size = reader.MaybeLong(),
        Duration = reader.MaybeLong() is { } ticks ? new TimeSpan(ticks) : null,
    };

    public static void Write(this FrameWriter writer, Acceptance acceptance) => writer.Byte((byte)acceptance.Kind).Text(acceptance.Reason);

    public static Acceptance ReadAcceptance(ref FrameReader reader)
    {
        var (kind, reason) = ((AcceptanceKind)reader.Byte(), reader.MaybeText());
        return kind switch
        {
            AcceptanceKind.Stored => Acceptance.Stored,
            AcceptanceKind.Duplicate => Acceptance.Duplicate,
            AcceptanceKind.Retired => Acceptance.Retired,
            AcceptanceKind.Discarded when reason is not null => Acceptance.Discarded(reason),
            AcceptanceKind.Refused when reason is not null => Acceptance.Refused(reason),
            _ => throw new ProtocolException($"{(byte)kind} is no acceptance."),
        };
    }

    public static void Write(this FrameWriter writer, OutboundMessage message)
    {
        writer.Text(message.Key).Write(message.Chat);
        writer.Text(message.Text).Int(message.Attempt).Byte((byte)message.Format).Flag(message.Silent).Flag(message.LinkPreview);
        writer.List(message.Attachments, static (to, file) => to.Text(file.Path).Byte((byte)file.Kind).Text(file.Name).Text(file.ContentType));
        writer.Text(message.ReplyTo).Maybe(message.Deadline);
    }

    public static OutboundMessage ReadOutbound(ref FrameReader reader) => new(reader.Text(), ReadChat(ref reader), reader.Text())
    {
        Attempt = reader.Int(),
        Format = (TextFormat)reader.Byte(),
        Silent = reader.Flag(),
        LinkPreview = reader.Flag(),
        Attachments = reader.List(static (ref FrameReader from) =>
            new OutboundAttachment(from.Text(), (AttachmentKind)from.Byte()) { Name = from.MaybeText(), ContentType = from.MaybeText() }),
        ReplyTo = reader.MaybeText(),
        Deadline = reader.MaybeTime(),
    };

    public static void Write(this FrameWriter writer, MessageRef message)
    {
        writer.Write(message.Chat);
        writer.Text(message.MessageId);
    }

    public static MessageRef ReadRef(ref FrameReader reader) => new(ReadChat(ref reader), reader.Text());

    public static void Write(this FrameWriter writer, MessageEdit edit)
    {
        writer.Write(edit.Message);
        writer.Text(edit.Text).Byte((byte)edit.Format).Flag(edit.LinkPreview);
    }

    public static MessageEdit ReadEdit(ref FrameReader reader) =>
        new(ReadRef(ref reader), reader.Text()) { Format = (TextFormat)reader.Byte(), LinkPreview = reader.Flag() };

    public static void Write(this FrameWriter writer, Reaction reaction)
    {
        writer.Write(reaction.Message);
        writer.Text(reaction.Emoji);
    }

    public static Reaction ReadReaction(ref FrameReader reader) => new(ReadRef(ref reader), reader.MaybeText());

    public static void Write(this FrameWriter writer, AttachmentRequest request)
    {
        writer.Write(request.Attachment);
        writer.Text(request.Path).Long(request.MaxBytes);
    }

    public static AttachmentRequest ReadAttachmentRequest(ref FrameReader reader) => new(ReadAttachment(ref reader), reader.Text(), reader.Long());

    public static void Write(this FrameWriter writer, FetchedAttachment fetched) => writer.Long(fetched.Size).Text(fetched.ContentType);

    public static FetchedAttachment ReadFetched(ref FrameReader reader) => new(reader.Long(), reader.MaybeText());
}
