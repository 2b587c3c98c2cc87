namespace PluginGateway;

/// <summary>A capability this gateway does not have.</summary>
public interface IPinMessages
{
    Task PinAsync(MessageRef message, CancellationToken cancellationToken);
}

/// <summary>A member this gateway does not have.</summary>
public static class LaterExtensions
{
    public static void Later(this AdapterContext context) => ArgumentNullException.ThrowIfNull(context);
}
