using System.Text.Json.Serialization;

namespace PluginGateway.Cli.Checks;

/// <summary>Severity of a finding.</summary>
internal enum Severity
{
    [JsonStringEnumMemberName("note")]
    Note,

    /// <summary>The gateway can run, but not as meant.</summary>
    [JsonStringEnumMemberName("warning")]
    Warning,

    /// <summary>The gateway cannot run.</summary>
    [JsonStringEnumMemberName("error")]
    Error,
}

/// <summary>Finding of <c>check</c>. <paramref name="Where"/>: the setting or plugin concerned; <paramref name="Code"/>: stable, for
/// scripts.</summary>
internal sealed record Finding(Severity Severity, string Where, string Sentence, string? Code = null);

/// <summary>Result of <c>check</c>: the configuration that was checked, and the findings.</summary>
internal sealed record CheckReport(string Source, string DataDirectory, IReadOnlyList<Finding> Findings)
{
    /// <summary>True when no finding is an error: <c>run</c> would start.</summary>
    public bool Ok => !Findings.Any(finding => finding.Severity == Severity.Error);
}
