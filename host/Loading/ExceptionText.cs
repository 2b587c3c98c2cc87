namespace PluginGateway.Loading;

/// <summary>Type and message of a plugin's exception.</summary>
/// <param name="Type">The type's name.</param>
/// <param name="Message">The message; null when the exception threw as it was read.</param>
/// <param name="Thrown">The type of the exception that <see cref="Exception.Message"/> threw then.</param>
internal readonly record struct ExceptionText(string Type, string? Message, string? Thrown)
{
    private const int MaxLength = 500;
    private const int MostCauses = 32;

    /// <summary>The message, or a remark that there is none.</summary>
    public string MessageOrProblem => Message ?? $"(its Message threw {Thrown})";

    /// <summary>Reads an exception. Runs plugin code (<see cref="Exception.Message"/>), which may hang: only on the thread that runs the plugin
    /// anyway. Throws nothing.</summary>
    public static ExceptionText Read(Exception exception)
    {
        var type = TypeOf(exception);
        try
        {
            return new(type, MessageOf(exception), null);
        }
        catch (Exception inner)
        {
            return new(type, null, TypeOf(inner));
        }
    }

    /// <summary>Returns text for a sentence of the gateway: the type and the message in one line of at most 500 characters, or only the type when the
    /// message throws.</summary>
    public static string Of(Exception exception)
    {
        var text = Read(exception);
        if (text.Message is not { } message) return text.Type;
        if (message.Length > MaxLength) message = message[..MaxLength] + "...";
        return $"{text.Type}: {message.ReplaceLineEndings(" ").TrimEnd('.', ' ')}";
    }

    public static string TypeOf(Exception exception) => exception.GetType().FullName ?? "unknown exception";

    /// <summary>Returns the message. For many exceptions in one it is that of the first cause, with its type: the message of an
    /// <see cref="AggregateException"/> reads those of all exceptions in it, and a chain of a few thousand overflows the stack, which ends the
    /// process.</summary>
    private static string MessageOf(Exception exception)
    {
        if (exception is not AggregateException) return exception.Message ?? "";
        var cause = exception;
        for (var depth = 0; cause is AggregateException { InnerExceptions: [var first, ..] } && depth < MostCauses; depth++) cause = first;
        return cause is AggregateException ? "many exceptions, one in another" : $"{TypeOf(cause)}: {cause.Message}";
    }
}
