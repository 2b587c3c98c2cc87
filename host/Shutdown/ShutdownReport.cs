using System.Text.Json;
using PluginGateway.Instance;
using PluginGateway.Posix;

namespace PluginGateway.Shutdown;

/// <summary>How the last stop went; written beside the store as <c>shutdown.json</c>, shown by <c>status</c> after the next start.</summary>
/// <param name="Reason">What asked for it: "SIGTERM", "stop", "restart", ...</param>
/// <param name="StartedUtc">When it was asked for.</param>
/// <param name="DurationSeconds">From then until this was written.</param>
/// <param name="ExitCode">The exit code, as planned.</param>
/// <param name="Phases">In their order, those that began.</param>
/// <param name="Adapters">Those that were torn down.</param>
/// <param name="Owed">What was left for the next start.</param>
internal sealed record ShutdownReport(
    string Reason, DateTimeOffset StartedUtc, double DurationSeconds, int ExitCode, IReadOnlyList<PhaseReport> Phases, IReadOnlyList<TeardownReport> Adapters, OwedReport Owed)
{
    /// <summary>Notices of the stop, by adapter; empty: there were none to send.</summary>
    public IReadOnlyList<NoticeReport> Notices { get; init; } = [];

    /// <summary>The report of the last stop; null if there is none or it cannot be read.</summary>
    public static ShutdownReport? Read(string dataDirectory)
    {
        try
        {
            return AtomicFile.TryRead(DataDirectory.ShutdownReport(dataDirectory)) is { } bytes ? JsonSerializer.Deserialize(bytes, ShutdownJson.Indented.ShutdownReport) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Replaces the report of the stop before.</summary>
    public void Write(string dataDirectory) =>
        AtomicFile.Write(DataDirectory.ShutdownReport(dataDirectory), JsonSerializer.SerializeToUtf8Bytes(this, ShutdownJson.Indented.ShutdownReport));
}

/// <summary>One phase of a stop: its time, of the time it was granted.</summary>
internal sealed record PhaseReport(StopPhase Phase, double UsedSeconds, double BoundSeconds, bool Finished);

/// <summary>The notices through one adapter: how many are known to have arrived, how many not, and why the first of those did not.</summary>
internal sealed record NoticeReport(string Id, int Told, int NoResult, string? Detail);

/// <summary>Work for the next start: turns to run (again) and messages to send.</summary>
internal sealed record OwedReport(long InboundPending, long OutboundPending, long TurnsInterrupted, long SendsUnknown);
