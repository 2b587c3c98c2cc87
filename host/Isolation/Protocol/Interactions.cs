namespace PluginGateway.Isolation.Protocol;

/// <summary>Serialisation of buttons, tickets and answers to interactions between gateway and worker.</summary>
internal static class Interactions
{
    public static void Write(FrameWriter writer, OutboundButton button) => writer.Text(button.Token).Text(button.Label).Name(button.Style);

    public static OutboundButton ReadButton(ref FrameReader reader) => new(reader.Text(), reader.Text()) { Style = reader.Name<ButtonStyle>() };

    public static void Write(FrameWriter writer, Ticket ticket) => writer.Text(ticket.Value).Maybe(ticket.ExpiresAt);

    public static Ticket ReadTicket(ref FrameReader reader) => new(reader.Text(), reader.MaybeTime() ?? throw new ProtocolException("A time is missing."));

    public static void Write(FrameWriter writer, InteractionAnswer answer) => writer.Name(answer.Verdict).Text(answer.Text);

    public static InteractionAnswer ReadAnswer(ref FrameReader reader) => new(reader.Name<InteractionVerdict>(), reader.MaybeText());

    public static void Write(this FrameWriter writer, TicketAnswer answer)
    {
        Write(writer, answer.Ticket);
        writer.Write(answer.Chat);
        Write(writer, answer.Answer);
        writer.Maybe(answer.Deadline);
    }

    public static TicketAnswer ReadTicketAnswer(ref FrameReader reader) =>
        new(ReadTicket(ref reader), Messages.ReadChat(ref reader), ReadAnswer(ref reader)) { Deadline = reader.MaybeTime() };
}
