using PluginGateway.Loading;

namespace PluginGateway.Guard;

/// <summary>What is kept of an exception: names and bounded text, never the exception itself, whose members are plugin code and whose reference would pin the plugin.</summary>
internal sealed record CallFailure(string Type, string Text, AdapterFault? Fault, LoadCode? Load = null)
{
    private const int MaxText = 500;

    /// <summary>Set when a handler put a turn off: the least wait its backend demands, or zero.</summary>
    public TimeSpan? NotNow { get; init; }

    /// <summary>Reads an exception. Runs plugin code (<see cref="Exception.Message"/>), which may hang: only on a thread whose call is being watched.</summary>
    public static CallFailure Of(Exception exception)
    {
        var type = exception.GetType().FullName ?? "unknown exception";
        return exception switch
        {
            CarriedFailureException carried => carried.Failure,
            AdapterException { Fault: { } fault } => new CallFailure(type, Bounded(fault.Message), fault),
            PluginLoadException load => new CallFailure(type, load.Message, load.Fault, load.Code),
            NotNowException later => new CallFailure(type, Bounded(later.Message), null) { NotNow = later.RetryAfter ?? TimeSpan.Zero },
            _ when Unreachable.Is(exception) => new CallFailure(type, Bounded(MessageOf(exception)), Unreachable.Fault(type, Bounded(MessageOf(exception)))),
            _ => new CallFailure(type, Bounded(MessageOf(exception)), null),
        };
    }

    /// <summary>Reads a faulted or cancelled task.</summary>
    public static CallFailure Of(Task task)
    {
        if (!task.IsFaulted) return new CallFailure(nameof(OperationCanceledException), "It was cancelled.", null);
        // The runtime's own wrapper, of which the plugin is to be told the inside.
        return Of(task.Exception!.InnerException ?? task.Exception);
    }

    /// <summary>The member broke the contract without throwing.</summary>
    public static CallFailure Broken(string text) => new("contract", text, null);

    /// <summary>One phrase for a log line or an operator.</summary>
    public string Describe() => Fault is null && Load is null && NotNow is null ? $"{Type}: {Text}" : Text;

    private static string MessageOf(Exception exception)
    {
        try
        {
            return ExceptionText.MessageOf(exception);
        }
        catch (Exception inner)
        {
            return $"(its Message threw {inner.GetType().FullName})";
        }
    }

    /// <summary>The first line of what a plugin says that is not empty, at most 500 characters of it.</summary>
    public static string Bounded(string text)
    {
        var said = text.AsSpan().TrimStart();
        var end = said.IndexOfAny('\r', '\n');
        if (end < 0) end = said.Length;
        return said[..Math.Min(end, MaxText)].ToString();
    }
}
