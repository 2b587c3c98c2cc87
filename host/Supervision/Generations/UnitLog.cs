using PluginGateway.Loading;
using PluginGateway.Logging;
using PluginGateway.Supervision.Machine;
using PluginGateway.Threads;

namespace PluginGateway.Supervision.Generations;

/// <summary>Log of the units' states. Logged above debug level: a connection that is lost or back, a fault of another kind, the first attempts of an
/// outage, and a summary every ten minutes. Only the supervisor's thread.</summary>
internal sealed class UnitLog(ILogger log, SteadyClock clock)
{
    /// <summary>Number of attempts of one outage that are logged above debug level.</summary>
    public const int MostLogged = 3;

    /// <summary>Largest number of kinds of fault that are logged for one outage: a platform can fail with ever new texts.</summary>
    private const int MostKinds = 8;

    /// <summary>Largest number of faults of one unit that are logged with their stack.</summary>
    private const int MostFaults = 16;

    public static readonly TimeSpan SummaryEvery = TimeSpan.FromMinutes(10);

    private readonly Dictionary<SupervisedUnit, Outage> _outages = [];
    private readonly Dictionary<SupervisedUnit, HashSet<string>> _faults = [];

    /// <summary>Logs a change of phase.</summary>
    public void Report(SupervisedUnit unit, UnitPhase before, UnitState state)
    {
        switch (state.Phase)
        {
            case UnitPhase.Waiting when state.AwaitsTeardown:
                log.UnitGivesWay(unit.Kind, unit.Id, unit.PluginName);
                break;
            case UnitPhase.Waiting:
                ReportWaiting(unit, before, state);
                break;
            case UnitPhase.Loading or UnitPhase.Connecting when state.Attempt > MostLogged:
                log.UnitTriesAgain(unit.Kind, unit.Id, unit.PluginName, Word(state), state.Attempt);
                break;
            case UnitPhase.Parked:
                _outages.Remove(unit);
                log.UnitParked(unit.Kind, unit.Id, unit.PluginName, state.Reason);
                break;
            case UnitPhase.Quarantined:
                _outages.Remove(unit);
                log.UnitQuarantined(unit.Kind, unit.Id, unit.PluginName, state.Reason, state.Wedges);
                break;
            case UnitPhase.Stopping or UnitPhase.Stopped:
                // The stop of many units must fit on one screen: the shutdown report names those that overran.
                log.UnitStops(unit.Kind, unit.Id, unit.PluginName, Word(state));
                break;
            case UnitPhase.Connected when _outages.Remove(unit, out var outage) && state.Attempt > MostLogged:
                log.UnitIsBack(unit.Kind, unit.Id, unit.PluginName, Readable(clock.Now - outage.Since), state.Attempt);
                break;
            case UnitPhase.Loading or UnitPhase.Connecting:
                log.UnitState(unit.Kind, unit.Id, unit.PluginName, Word(state));
                break;
            default:
                _outages.Remove(unit);
                log.UnitState(unit.Kind, unit.Id, unit.PluginName, Word(state));
                break;
        }
    }

    /// <summary>Logs an exception of a plugin with its stack: once for each frame that it came from, not at each attempt.</summary>
    public void Report(SupervisedUnit unit, FaultText detail)
    {
        if (!_faults.TryGetValue(unit, out var logged)) _faults.Add(unit, logged = new(StringComparer.Ordinal));
        if (logged.Count < MostFaults && logged.Add(detail.Frame ?? detail.Title))
            log.FaultDetail(new LoggedException(detail.Title, detail.Stack), unit.Kind, unit.Id, unit.PluginName);
    }

    /// <summary>Forgets a unit that is gone.</summary>
    public void Forget(SupervisedUnit unit)
    {
        _outages.Remove(unit);
        _faults.Remove(unit);
    }

    private void ReportWaiting(SupervisedUnit unit, UnitPhase before, UnitState state)
    {
        var now = clock.Now;
        if (!_outages.TryGetValue(unit, out var outage)) _outages.Add(unit, outage = new Outage(state.DownSinceUtc ?? now, now));
        var delay = Math.Max(0, (state.DueUtc!.Value - now).TotalSeconds);
        var isNewKind = outage.Kinds.Count < MostKinds && outage.Kinds.Add(state.LastFault ?? "");
        if (before == UnitPhase.Connected || state.Attempt <= MostLogged || isNewKind)
        {
            outage.Logged = now;
            log.UnitWaits(unit.Kind, unit.Id, unit.PluginName, state.Reason, delay, state.Attempt + 1);
        }
        else if (now - outage.Logged >= SummaryEvery)
        {
            outage.Logged = now;
            log.UnitStillWaits(unit.Kind, unit.Id, unit.PluginName, Readable(now - outage.Since), state.Attempt, state.Reason);
        }
        else
        {
            log.UnitWaitsAgain(unit.Kind, unit.Id, unit.PluginName, state.Reason, delay, state.Attempt + 1);
        }
    }

    private static string Word(UnitState state) => state.Phase.ToString().ToLowerInvariant();

    private static string Readable(TimeSpan span) => span < TimeSpan.FromMinutes(2)
        ? $"{span.TotalSeconds:0} s"
        : span < TimeSpan.FromHours(2) ? $"{span.TotalMinutes:0} minutes" : $"{span.TotalHours:0.0} hours";

    private sealed class Outage(DateTimeOffset since, DateTimeOffset logged)
    {
        public DateTimeOffset Since => since;

        public DateTimeOffset Logged { get; set; } = logged;

        public HashSet<string> Kinds { get; } = new(StringComparer.Ordinal);
    }
}
