using System.Text.Json.Serialization;

namespace PluginGateway.Cli.Checks;

/// <summary>How bad a finding is.</summary>
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

/// <summary>One thing that <c>check</c> found. <paramref name="Where"/>: the setting or plugin it is about; <paramref name="Code"/>: stable, for scripts.</summary>
internal sealed record Finding(Severity Severity, string Where, string Sentence, string? Code = null);

/// <summary>What <c>check</c> found, and in which configuration.</summary>
internal sealed record CheckReport(string Source, string DataDirectory, IReadOnlyList<Finding> Findings)
{
    /// <summary>Nothing stands in the way of running.</summary>
    public bool Ok => !Findings.Any(finding => finding.Severity == Severity.Error);
}
