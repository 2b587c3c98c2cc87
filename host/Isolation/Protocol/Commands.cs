namespace PluginGateway.Isolation.Protocol;

/// <summary>Serialisation of published commands between gateway and worker.</summary>
internal static class Commands
{
    public static void Write(FrameWriter writer, CommandPublication publication) => writer.List(
        publication.Commands, static (to, command) => to.Text(command.Name).Text(command.Description).Map(command.Descriptions));

    public static CommandPublication Read(ref FrameReader reader) => new(reader.List(static (ref FrameReader from) =>
        new PublishedCommand(from.Text(), from.Text()) { Descriptions = from.Map() }));
}
