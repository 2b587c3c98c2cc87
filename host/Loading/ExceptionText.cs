namespace PluginGateway.Loading;

/// <summary>Turns a plugin's exception into bounded text. Runs plugin code (<c>Message</c>), so only on the thread that runs the plugin anyway.</summary>
internal static class ExceptionText
{
    private const int MaxLength = 500;
    private const int MostCauses = 32;

    /// <summary>The type's name and the message, or only the name when the message throws.</summary>
    public static string Of(Exception exception)
    {
        var name = exception.GetType().FullName ?? "an exception";
        try
        {
            var message = MessageOf(exception);
            if (message.Length > MaxLength) message = message[..MaxLength] + "...";
            return $"{name}: {message.ReplaceLineEndings(" ").TrimEnd('.', ' ')}";
        }
        catch (Exception)
        {
            return name;
        }
    }

    /// <summary>The message. Of many exceptions in one it is that of the first cause, with its type: the message of an <see cref="AggregateException"/> asks those of all that are in it, and a chain of a
    /// few thousand overflows the stack, which nothing survives.</summary>
    public static string MessageOf(Exception exception)
    {
        if (exception is not AggregateException) return exception.Message ?? "";
        var cause = exception;
        for (var depth = 0; cause is AggregateException { InnerExceptions: [var first, ..] } && depth < MostCauses; depth++) cause = first;
        return cause is AggregateException ? "many exceptions, one in another" : $"{cause.GetType().FullName}: {cause.Message}";
    }
}
