using System.Runtime.Loader;

namespace PluginGateway.Logging;

/// <summary>Part of a log line about an exception: its type, the first line of its text, and from error level on the stack.</summary>
internal sealed record LoggedFault(string Type, string? FirstLine, string? Stack)
{
    /// <summary>Reads an exception without entering plugin code: the text of a type that a plugin brought can hang, as can that of an aggregate
    /// around it.</summary>
    public static LoggedFault Of(Exception exception, bool withStack) => exception is LoggedException told
        ? new(told.Message, null, told.Stack)
        : new(
        exception.GetType().FullName ?? exception.GetType().Name,
        HasOwnText(exception) ? FirstLineOf(exception.Message) : null,
        withStack ? exception.StackTrace : null);

    private static bool HasOwnText(Exception exception) =>
        exception is not AggregateException && AssemblyLoadContext.GetLoadContext(exception.GetType().Assembly) == AssemblyLoadContext.Default;

    private static string FirstLineOf(string text)
    {
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? text : text[..end];
    }
}
