using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Lanes;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Threads;

namespace PluginGateway.Supervision;

/// <summary>Publishes the states of the units, with times of the wall clock. A unit with an event is described at once; the others, whose ages and
/// open calls change without an event, once a second: a thousand disabled units cost next to nothing. Only the supervisor's thread
/// publishes.</summary>
internal sealed class SnapshotPublisher(SteadyClock steady, TimeProvider clock, ReconnectOptions reconnect, PoolProbe pool)
{
    private const int AllEveryMilliseconds = 1000;

    private const string AwaitsPermit = "waits for its turn to load";

    private readonly Dictionary<SupervisedUnit, UnitSnapshot> _described = [];
    private readonly HashSet<SupervisedUnit> _changed = [];
    private IReadOnlyList<UnitSnapshot> _units = [];
    private long? _allDescribed;
    private SupervisorSnapshot _snapshot = new(clock.GetUtcNow(), [], false) { Taken = clock.GetTimestamp() };

    /// <summary>Last published snapshot. Any thread.</summary>
    public SupervisorSnapshot Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>Marks a unit with an event: it is described anew.</summary>
    public void Touch(SupervisedUnit unit) => _changed.Add(unit);

    public void Publish(List<SupervisedUnit> units)
    {
        var all = _allDescribed is not { } then || Environment.TickCount64 - then >= AllEveryMilliseconds || _described.Count > units.Count;
        if (all)
        {
            _described.Clear();
            _allDescribed = Environment.TickCount64;
        }

        if (all || _changed.Count > 0) _units = Describe(units);
        _changed.Clear();
        Volatile.Write(ref _snapshot, new SupervisorSnapshot(clock.GetUtcNow(), _units, pool.IsStarved) { Taken = clock.GetTimestamp() });
    }

    private List<UnitSnapshot> Describe(List<SupervisedUnit> units)
    {
        var (now, offset) = (steady.Now, steady.WallOffset);
        var listed = new List<UnitSnapshot>(units.Count);
        foreach (var unit in units)
        {
            if (!unit.IsListed) continue;
            if (_changed.Contains(unit) || !_described.TryGetValue(unit, out var described))
                _described[unit] = described = Describe(unit, now, offset);
            listed.Add(described);
        }

        return listed;
    }

    private UnitSnapshot Describe(SupervisedUnit unit, DateTimeOffset now, TimeSpan offset)
    {
        var state = unit.State;
        List<AbandonedCall> abandoned = [];
        unit.AddAbandoned(abandoned);
        var degraded = abandoned.Count > 0 || unit.HealthMessage is not null || unit.UnloadsPending > 0;
        var reason = state.Reason.Length > 0
            ? state.Reason
            : unit.HealthMessage ?? (abandoned.Count > 0 ? $"{abandoned.Count} abandoned calls" : PendingUnload(unit));
        if (unit.AwaitsPermit) reason = reason.Length == 0 ? AwaitsPermit : $"{reason}; {AwaitsPermit}";
        var needsAttention = state.DownSinceUtc is { } since && now - since > reconnect.NeedsAttentionAfter;
        return new UnitSnapshot
        {
            Id = unit.Id,
            Plugin = unit.PluginName,
            IsAdapter = unit.IsAdapter,
            Phase = state.Phase,
            IsDegraded = degraded,
            Reason = reason,
            Generation = state.Generation,
            SinceUtc = state.SinceUtc + offset,
            Attempt = state.Attempt,
            DueUtc = state.DueUtc + offset,
            NeedsAttention = needsAttention,
            Abandoned = abandoned,
            LastTeardown = unit.LastTeardown,
            LateResults = unit.LateResults,
            IgnoredReports = unit.IgnoredReports,
            Code = state.Reason.Length == 0 || state.Phase is UnitPhase.Disabled or UnitPhase.Stopping or UnitPhase.Stopped ? null : state.LastFault,
            Frame = state.Frame,
            Loaded = unit.Loaded,
            UnloadsPending = unit.UnloadsPending,
            IsIsolated = unit.IsIsolated,
            WorkerId = unit.WorkerId,
            Figures = unit.Figures,
            TearingDown = state.TearingDown,
            Proofs = unit.Proofs is { } proofs
                ? new ProofsOfLife(proofs.TransportUtc + offset, proofs.IngressUtc + offset, proofs.EgressUtc + offset)
                : null,
            Connection = state.Connection,
            AccountChange = state.AccountChange,
            IsParkedByAnswer = state.IsParkedByAnswer,
            AwaitsPermit = unit.AwaitsPermit,
        };
    }

    private static string PendingUnload(SupervisedUnit unit) => unit.UnloadsPending == 0 ? ""
        : $"unload pending: something of the plugin (a thread, a timer, a call) keeps {unit.UnloadsPending} of its earlier contexts in memory; a restart frees it";
}
