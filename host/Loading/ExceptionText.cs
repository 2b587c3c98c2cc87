namespace PluginGateway.Loading;

/// <summary>Turns a plugin's exception into bounded text. Runs plugin code (<c>Message</c>), so only on the thread that runs the plugin anyway.</summary>
internal static class ExceptionText
{
    private const int MaxLength = 500;

    /// <summary>The type's name and the message, or only the name when the message throws.</summary>
    public static string Of(Exception exception)
    {
        var name = exception.GetType().FullName ?? "an exception";
        try
        {
            var message = exception.Message;
            if (message.Length > MaxLength) message = message[..MaxLength] + "...";
            return $"{name}: {message.ReplaceLineEndings(" ").TrimEnd('.', ' ')}";
        }
        catch (Exception)
        {
            return name;
        }
    }
}
