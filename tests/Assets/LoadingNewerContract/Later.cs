namespace PluginGateway;

/// <summary>A capability this gateway does not have.</summary>
public interface IPinMessages
{
    Task PinAsync(MessageRef message, CancellationToken cancellationToken);
}

/// <summary>Members this gateway does not have.</summary>
public static class LaterExtensions
{
    public static void Later(this AdapterContext context) => ArgumentNullException.ThrowIfNull(context);

    /// <summary>An overload of a member that is there, with another signature.</summary>
    public static void Debug(this AdapterContext context, string message) => ArgumentNullException.ThrowIfNull(message + context);
}
