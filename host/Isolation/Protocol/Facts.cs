namespace PluginGateway.Isolation.Protocol;

/// <summary>Serialisation of the facts of a message beside its text: quote, origin, command, mentions, place.</summary>
internal static class Facts
{
    public static void Write(FrameWriter writer, Quote quote) =>
        writer.Text(quote.MessageId).Text(quote.Text).Maybe(quote.Sender, static (to, sender) => to.Write(sender));

    public static Quote ReadQuote(ref FrameReader reader) =>
        new(reader.MaybeText()) { Text = reader.MaybeText(), Sender = reader.Maybe(Messages.ReadSender) };

    public static void Write(FrameWriter writer, ForwardOrigin origin) =>
        writer.Text(origin.Name).Text(origin.SenderId).Text(origin.ChatId).Text(origin.MessageId).Maybe(origin.PlatformTime);

    public static ForwardOrigin ReadOrigin(ref FrameReader reader) => new(reader.MaybeText())
    {
        SenderId = reader.MaybeText(),
        ChatId = reader.MaybeText(),
        MessageId = reader.MaybeText(),
        PlatformTime = reader.MaybeTime(),
    };

    public static void Write(FrameWriter writer, InvokedCommand command) => writer.Text(command.Name).Text(command.Arguments).Map(command.Options);

    public static InvokedCommand ReadCommand(ref FrameReader reader) => new(reader.Text(), reader.Text()) { Options = reader.Map() };

    public static void Write(FrameWriter writer, Mention mention) =>
        writer.Text(mention.Name).Int(mention.Offset).Int(mention.Length).Text(mention.Id);

    public static Mention ReadMention(ref FrameReader reader) => new(reader.Text(), reader.Int(), reader.Int()) { Id = reader.MaybeText() };

    public static void Write(FrameWriter writer, Location location) =>
        writer.Double(location.Latitude).Double(location.Longitude).Text(location.Name).Text(location.Address);

    public static Location ReadLocation(ref FrameReader reader) =>
        new(reader.Double(), reader.Double()) { Name = reader.MaybeText(), Address = reader.MaybeText() };
}
