namespace PluginGateway.Configuration;

/// <summary>Severity of a problem: an error stops the start, a warning may surprise, a notice states a deliberate choice.</summary>
internal enum ProblemSeverity
{
    Notice,
    Warning,
    Error,
}

/// <summary>A problem of the configuration, for the operator.</summary>
/// <param name="File">Source of the value: the file as the operator named it, <c>command line</c> or <c>environment</c>.</param>
/// <param name="Key">Key of the value, for example <c>adapters[0].timeouts.connectSeconds</c>; empty for the file itself.</param>
/// <param name="Value">The offending value as written; null when there is none, or when it may be a secret.</param>
/// <param name="Message">The rest of the sentence: what is wrong, what is allowed.</param>
/// <param name="Severity">The severity.</param>
internal sealed record ConfigurationProblem(string File, string Key, string? Value, string Message, ProblemSeverity Severity = ProblemSeverity.Error)
{
    /// <summary>Returns one line: <c>plugins.json: adapters[1].timeouts.connectSeconds: '-x' is not a number; allowed: ...</c></summary>
    public override string ToString() =>
        OneLine($"{File}: {(Key.Length == 0 ? "" : $"{Key}: ")}{(Value is null ? "" : $"'{Shortened(Value)}' ")}{Message}");

    private static string Shortened(string value)
    {
        const int longest = 80;
        return value.Length <= longest ? value : value[..longest] + "...";
    }

    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));
}
