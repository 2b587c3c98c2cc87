using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision.Generations;

/// <summary>Health of one generation: the adapter's own reports and the results of its probes. Only the supervisor's thread.</summary>
/// <param name="unit">The unit.</param>
/// <param name="instance">The guarded adapter or handler.</param>
/// <param name="inbox">Inbox of the adapter; null: it is a handler.</param>
internal sealed class ConnectionHealth(SupervisedUnit unit, IProbed instance, ActivityTrackingInbox? inbox)
{
    private ProbeRounds? _probes;
    private string? _reported;

    /// <summary>Fault of a connected adapter, as reported by it or shown by probes; null: none.</summary>
    public string? Message => _reported ?? _probes?.HealthMessage;

    /// <summary>Last proofs of life; null while it is not connected.</summary>
    public ProofsOfLife? Proofs => _probes?.Proofs;

    private int Hanging => instance.Abandoned().Count(static call => call.Operation == Operation.Probe);

    /// <summary>Begins to watch a connection.</summary>
    /// <param name="idleAfter">Time without a sign of life after which it is probed, if it can be.</param>
    public void Begin(TimeSpan idleAfter) =>
        _probes = new ProbeRounds(instance.CanBeProbed ? idleAfter : TimeSpan.Zero, unit.Services.Supervisor.Steady.Now);

    /// <summary>Ends the watch: the generation is retired.</summary>
    public void End() => (_probes, _reported) = (null, null);

    /// <summary>Takes a health report of the adapter.</summary>
    public void Take(AdapterHealth health) => _reported = health.IsHealthy ? null : CallFailure.Bounded(health.Message);

    /// <summary>Takes the answer to a probe.</summary>
    public void Take(ProbeOutcome outcome)
    {
        if (_probes is not { } probes) return;
        var cause = probes.Take(outcome, unit.Services.Supervisor.Steady.Now);
        if (outcome.Failure is { } failure)
            unit.Logger.ProbeFailed(unit.Kind, unit.Id, instance.Generation, probes.Failures, ProbeRounds.MaxFailures, failure);
        if (cause is not null) Fail(cause);
    }

    /// <summary>Probes the instance when a probe is due. While the pool is starved the result would say nothing about it.</summary>
    public void OnTick(DateTimeOffset now)
    {
        if (_probes is not { } probes) return;
        if (inbox?.LastInboundUtc is { } heard) probes.Handle(heard);
        var pool = unit.Services.Guard.Watch.Pool;
        if (probes.IsOpen && pool.IsTrusted && ProbeRounds.Stuck(Hanging) is { } stuck) Fail(stuck);
        if (!probes.IsDue(now) || pool.IsStarved) return;
        probes.Ask();
        instance.Probe(new PostingSink(call => unit.Post(new ProbeEnded(instance.Generation, ProbeOutcome.Of(call, pool.IsTrusted)))));
    }

    private void Fail(Failure cause) => unit.Post(new GenerationFailed(instance.Generation, cause));
}
