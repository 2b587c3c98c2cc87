using System.Collections.ObjectModel;
using PluginGateway.Guard;

namespace PluginGateway.Isolation.Protocol;

/// <summary>Turn as it crosses to a worker.</summary>
/// <param name="Number">Number by which the worker names the turn in its requests.</param>
/// <param name="Id">Id of the turn.</param>
/// <param name="ReplyToken">Token for replies over HTTP; a secret.</param>
/// <param name="AdapterId">Id of the adapter that received the event.</param>
/// <param name="Conversation">Conversation of the event.</param>
/// <param name="Attempt">Number of the attempt, from 1.</param>
/// <param name="Capabilities">Capabilities of the adapter.</param>
/// <param name="Events">Event, or the messages, with the facts that the host has set.</param>
internal sealed record TurnOrder(
    int Number, string Id, string ReplyToken, string AdapterId, string Conversation, int Attempt, MessageCapabilities Capabilities,
    IReadOnlyList<InboundEvent> Events)
{
    /// <summary>Session of the turn.</summary>
    public required string Session { get; init; }

    /// <summary>Sizes of the memory of the session.</summary>
    public SessionMemory Memory { get; init; } = SessionMemory.Empty;

    /// <summary>Replies and actions of former attempts.</summary>
    public IReadOnlyList<EarlierReply> Earlier { get; init; } = [];

    /// <summary>Notes of former attempts.</summary>
    public IReadOnlyDictionary<string, string> Notes { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}

/// <summary>End of a turn in a worker: the last reply, or null, and the changes of the state so far.</summary>
internal sealed record TurnFinish(Reply? Last, IReadOnlyDictionary<string, string?> Changes);

/// <summary>Request of a turn in a worker. <paramref name="Turn"/>: number of the turn.</summary>
internal readonly record struct TurnRequest<T>(int Turn, T Value);

/// <summary>Edit that a turn requests.</summary>
internal sealed record TurnEdit(MessageTarget Target, Reply Content);

/// <summary>Reaction that a turn requests; null: the bot's own is removed.</summary>
internal sealed record TurnReaction(MessageTarget Target, string? Emoji);

/// <summary>Message of a handler that answers no turn.</summary>
internal sealed record OutboxRequest(string AdapterId, Chat Chat, Reply Reply, string Key);

/// <summary>Serialisation of turns and of what handlers request between gateway and worker.</summary>
internal static class Turns
{
    public static void Write(FrameWriter writer, TurnOrder turn)
    {
        writer.Int(turn.Number).Text(turn.Id).Text(turn.ReplyToken).Text(turn.AdapterId).Text(turn.Conversation).Int(turn.Attempt)
            .Int((int)turn.Capabilities).List(turn.Events, Write).Text(turn.Session);
        TurnMemories.Write(writer, turn);
    }

    public static TurnOrder ReadTurn(ref FrameReader reader) => new(
        reader.Int(), reader.Text(), reader.Text(), reader.Text(), reader.Text(), reader.Int(), (MessageCapabilities)reader.Int(),
        reader.List(ReadEvent))
    {
        Session = reader.Text(),
        Memory = TurnMemories.ReadMemory(ref reader),
        Earlier = reader.List(TurnMemories.ReadEarlier),
        Notes = reader.Map(),
    };

    private static void Write(FrameWriter writer, InboundEvent received)
    {
        writer.Write(received);
        writer.Maybe((received as ButtonPressed)?.Button ?? (received as InboundMessage)?.Button, Write);
        writer.Maybe((received as InboundMessage)?.Quote?.Target, Write).Flag(received is InboundMessage { IsSplit: true });
    }

    private static InboundEvent ReadEvent(ref FrameReader reader) =>
        WithFactsOfHost(Protocol.Events.Read(ref reader), reader.Maybe(ReadButton), reader.Maybe(ReadTarget), reader.Flag());

    public static void Write(FrameWriter writer, TurnRequest<Reply> request)
    {
        writer.Int(request.Turn);
        Write(writer, request.Value);
    }

    /// <summary>Writes a reply. The paths of its files are names of copies in the worker's own folder, or as the handler has given them.</summary>
    public static void Write(FrameWriter writer, Reply reply) => writer
        .Text(reply.Text).Name(reply.Format).Text(reply.ReplyTo).Flag(reply.Silent).Flag(reply.LinkPreview).Maybe(reply.Buttons, Write)
        .List(reply.Attachments, Messages.Write).Maybe(reply.VisibleTo, static (to, person) => to.Write(person))
        .Maybe(reply.Location, Facts.Write).Map(reply.Extras);

    public static Reply ReadReply(ref FrameReader reader) => new(reader.Text())
    {
        Format = reader.Name<TextFormat>(),
        ReplyTo = reader.MaybeText(),
        Silent = reader.Flag(),
        LinkPreview = reader.Flag(),
        Buttons = reader.Maybe(ReadButtons),
        Attachments = reader.List(Messages.ReadFile),
        VisibleTo = reader.Maybe(Messages.ReadSender),
        Location = reader.Maybe(Facts.ReadLocation),
        Extras = reader.Map(),
    };

    public static void Write(FrameWriter writer, OutboxRequest request)
    {
        writer.Text(request.AdapterId).Write(request.Chat);
        Write(writer, request.Reply);
        writer.Text(request.Key);
    }

    public static OutboxRequest ReadOutboxRequest(ref FrameReader reader) =>
        new(reader.Text(), Messages.ReadChat(ref reader), ReadReply(ref reader), reader.Text());

    public static void Write(FrameWriter writer, TurnRequest<TurnEdit> request)
    {
        writer.Int(request.Turn);
        Write(writer, request.Value.Target);
        Write(writer, request.Value.Content);
    }

    public static TurnEdit ReadEdit(ref FrameReader reader) => new(ReadTarget(ref reader), ReadReply(ref reader));

    public static void Write(FrameWriter writer, TurnRequest<MessageTarget> request)
    {
        writer.Int(request.Turn);
        Write(writer, request.Value);
    }

    public static void Write(FrameWriter writer, TurnRequest<TurnReaction> request)
    {
        writer.Int(request.Turn);
        Write(writer, request.Value.Target);
        writer.Text(request.Value.Emoji);
    }

    public static TurnReaction ReadReaction(ref FrameReader reader) => new(ReadTarget(ref reader), reader.MaybeText());

    public static void Write(FrameWriter writer, TurnRequest<Attachment> request)
    {
        writer.Int(request.Turn);
        writer.Write(request.Value);
    }

    public static void Write(FrameWriter writer, FetchedFile file) => writer.Text(file.Path).Long(file.Size).Text(file.ContentType);

    public static FetchedFile ReadFetchedFile(ref FrameReader reader) => new(reader.Text(), reader.Long(), reader.MaybeText());

    public static void Write(FrameWriter writer, MessageTarget target) => writer.Text(target.Id).Text(target.MessageId);

    public static MessageTarget ReadTarget(ref FrameReader reader) => (reader.MaybeText(), reader.MaybeText()) switch
    {
        ({ } id, null) => MessageTarget.Owed(id),
        (null, { } messageId) => MessageTarget.OnPlatform(messageId),
        _ => throw new ProtocolException("A reference names one message."),
    };

    private static void Write(FrameWriter writer, PressedButton button)
    {
        writer.Text(button.Id).Text(button.Label);
        Write(writer, button.Target);
    }

    private static PressedButton ReadButton(ref FrameReader reader) => new(reader.Text(), reader.Text(), ReadTarget(ref reader));

    private static void Write(FrameWriter writer, ButtonSet set) => writer
        .List(set.Buttons, static (to, button) => to.Text(button.Id).Text(button.Label).Name(button.Style))
        .Flag(set.Once).MaybeName(set.Audience).Long(set.ExpiresAfter.Ticks);

    private static ButtonSet ReadButtons(ref FrameReader reader) => new(reader.List(static (ref FrameReader from) =>
        new Button(from.Text(), from.Text()) { Style = from.Name<ButtonStyle>() }))
    {
        Once = reader.Flag(),
        Audience = reader.MaybeName<ButtonAudience>(),
        ExpiresAfter = TimeSpan.FromTicks(reader.Long()),
    };

    /// <summary>Returns the event with the facts that only the host sets, and an adapter's frame therefore does not have.</summary>
    private static InboundEvent WithFactsOfHost(InboundEvent received, PressedButton? button, MessageTarget? quoted, bool isSplit) => received switch
    {
        ButtonPressed press => press with { Button = button },
        InboundMessage message => message with
        {
            Button = button,
            Quote = message.Quote is { } quote ? quote with { Target = quoted } : null,
            IsSplit = isSplit,
        },
        _ => received,
    };
}
