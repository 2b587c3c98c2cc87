using System.Text.Json;
using PluginGateway.Instance;
using PluginGateway.Posix;
using PluginGateway.Serialization;

namespace PluginGateway.Shutdown;

/// <summary>Report on the last stop; written beside the store as <c>shutdown.json</c>, shown by <c>status</c> after the next start.</summary>
/// <param name="Reason">Source of the request: "SIGTERM", "stop", "restart", ...</param>
/// <param name="StartedUtc">Time of the request.</param>
/// <param name="DurationSeconds">Time from the request until the report was written.</param>
/// <param name="ExitCode">The exit code, as planned.</param>
/// <param name="Phases">Phases that began, in their order.</param>
/// <param name="Adapters">Adapters that were torn down.</param>
/// <param name="Owed">Work left for the next start.</param>
internal sealed record ShutdownReport(
    string Reason, DateTimeOffset StartedUtc, double DurationSeconds, int ExitCode, IReadOnlyList<PhaseReport> Phases,
    IReadOnlyList<TeardownReport> Adapters, OwedReport Owed)
{
    /// <summary>Notices of the stop, by adapter; empty: none were to be sent.</summary>
    public IReadOnlyList<NoticeReport> Notices { get; init; } = [];

    /// <summary>Reads the report of the last stop; null if there is none or it cannot be read.</summary>
    public static ShutdownReport? Read(string dataDirectory)
    {
        try
        {
            return AtomicFile.TryRead(DataDirectory.ShutdownReport(dataDirectory)) is { } bytes
                ? JsonSerializer.Deserialize(bytes, ShutdownMetadata.Default.ShutdownReport)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Replaces the report of the stop before.</summary>
    public void Write(string dataDirectory) =>
        AtomicFile.Write(
            DataDirectory.ShutdownReport(dataDirectory), JsonText.IndentedBytes(this, ShutdownJson.Default.ShutdownReport));
}

/// <summary>Phase of a stop: time used and time granted.</summary>
internal sealed record PhaseReport(StopPhase Phase, double UsedSeconds, double BoundSeconds, bool Finished);

/// <summary>Notices through one adapter: number known to have arrived, number of the others, and the reason for the first of those.</summary>
internal sealed record NoticeReport(string Id, int Told, int NoResult, string? Detail);

/// <summary>Work for the next start: turns to run (again) and messages to send.</summary>
internal sealed record OwedReport(long InboundPending, long OutboundPending, long TurnsInterrupted, long SendsUnknown);
