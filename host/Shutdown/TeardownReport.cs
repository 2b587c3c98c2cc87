using PluginGateway.Supervision;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Shutdown;

/// <summary>Teardown of one adapter. <paramref name="Outcome"/>: one word, such as "closed", "overran", "failed"; <paramref name="Detail"/>:
/// explanation.</summary>
internal sealed record TeardownReport(string Id, string Plugin, string Outcome, double UsedSeconds, double BoundSeconds, string? Detail)
{
    private const string Closed = "closed", Overran = "overran";

    /// <summary>Returns the reports of all units that were torn down, or still are.</summary>
    public static TeardownReport[] Of(SupervisorSnapshot snapshot) =>
    [
        .. snapshot.Units.Where(static unit => unit.LastTeardown is not null || unit.Phase == UnitPhase.Stopping)
        .Select(static unit => unit.Phase == UnitPhase.Stopping
            ? new TeardownReport(unit.Id, unit.Plugin, Overran, 0, 0, "its teardown had not ended when the phase did")
            : Of(unit, unit.LastTeardown!)),
    ];

    /// <summary>Returns true if the teardown did not close the unit in time. A method, because the report's JSON has the outcome.</summary>
    public bool IsLate() => Outcome != Closed;

    /// <summary>Report on a unit's teardown. A send that hangs is no fault of the teardown: it is abandoned, and named in the detail.</summary>
    private static TeardownReport Of(UnitSnapshot unit, TeardownOutcome done)
    {
        var overran = done.Overran.Any(static operation => operation is "disconnect" or "dispose" or "run" or "connect" or "create");
        var detail = done.Overran.Count == 0 ? null : $"abandoned: {string.Join(", ", done.Overran)}";
        return new TeardownReport(unit.Id, unit.Plugin, overran ? Overran : Closed, Seconds(done.Used), Seconds(done.Bound), detail);
    }

    private static double Seconds(TimeSpan span) => Math.Round(span.TotalSeconds, 3);
}
