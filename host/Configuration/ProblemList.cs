using PluginGateway.Configuration.Secrets;

namespace PluginGateway.Configuration;

/// <summary>Collects every problem of one source, and the names of the keys that were read.</summary>
internal sealed class ProblemList(string file)
{
    private readonly List<ConfigurationProblem> _problems = [];
    private readonly SortedSet<string> _knownKeys = new(StringComparer.Ordinal);

    public string File { get; } = file;

    /// <summary>The name under which command line overrides are reported.</summary>
    public const string CommandLine = "command line";

    /// <summary>The name under which environment variables are reported.</summary>
    public const string EnvironmentVariables = "environment";

    /// <summary>Every key that was read, list positions left out (<c>adapters[].id</c>); the schema test compares them with the schema.</summary>
    public IReadOnlyCollection<string> KnownKeys => _knownKeys;

    public bool HasErrors => _problems.Exists(p => p.Severity == ProblemSeverity.Error);

    public bool HasErrorAt(string key) => _problems.Exists(p => p.Severity == ProblemSeverity.Error && p.Key == key);

    /// <summary>Returns the first error at or below a key of the file; null when there is none.</summary>
    public ConfigurationProblem? FirstErrorBelow(string path) => _problems.Find(p => p.Severity == ProblemSeverity.Error && IsBelow(p, path));

    /// <summary>Turns errors at or below a key of the file into warnings.</summary>
    public void ExcuseBelow(string path)
    {
        for (var i = 0; i < _problems.Count; i++)
        {
            if (_problems[i].Severity == ProblemSeverity.Error && IsBelow(_problems[i], path))
                _problems[i] = _problems[i] with { Severity = ProblemSeverity.Warning };
        }
    }

    public void Error(string key, string? value, string message) => Add(new(File, key, value, message));

    public void Warning(string key, string? value, string message) => Add(new(File, key, value, message, ProblemSeverity.Warning));

    public void Notice(string key, string? value, string message) => Add(new(File, key, value, message, ProblemSeverity.Notice));

    public void Add(ConfigurationProblem problem) => _problems.Add(problem);

    private bool IsBelow(ConfigurationProblem problem, string path) =>
        problem.File == File && problem.Key.StartsWith(path, StringComparison.Ordinal)
        && (problem.Key.Length == path.Length || problem.Key[path.Length] is '.' or '[');

    public void Know(string key) => _knownKeys.Add(key);

    /// <summary>Returns the problems, errors first, otherwise in the order in which they were met, without known secrets.</summary>
    public IReadOnlyList<ConfigurationProblem> Redacted(Redactor redactor) =>
    [
        .. _problems.OrderByDescending(p => p.Severity).Select(p => p with
        {
            Value = p.Value is null ? null : redactor.Redact(p.Value),
            Message = redactor.Redact(p.Message),
        }),
    ];
}
