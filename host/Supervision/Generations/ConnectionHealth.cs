using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision.Generations;

/// <summary>How the connection of one generation is: what the adapter says of itself, and what its probes say. Only the supervisor's
/// thread.</summary>
internal sealed class ConnectionHealth(SupervisedUnit unit, GuardedAdapter adapter, ActivityTrackingInbox inbox)
{
    private ProbeRounds? _probes;
    private string? _reported;

    /// <summary>What is wrong with it though it is at work; null: nothing that it says or that probes have shown.</summary>
    public string? Message => _reported ?? _probes?.HealthMessage;

    /// <summary>When it last proved to be alive; null while it is not connected.</summary>
    public ProofsOfLife? Proofs => _probes?.Proofs;

    private int Hanging => adapter.Abandoned().Count(static call => call.Operation == Operation.Probe);

    /// <summary>It is connected.</summary>
    /// <param name="idleAfter">After so long without a sign of life one is asked for, if the adapter can be asked.</param>
    public void Begin(TimeSpan idleAfter)
    {
        var canBeAsked = adapter.Capabilities.HasFlag(AdapterCapabilities.Probe) || adapter.IsIsolated;
        _probes = new ProbeRounds(canBeAsked ? idleAfter : TimeSpan.Zero, unit.Services.Supervisor.Steady.Now);
    }

    /// <summary>The generation is retired.</summary>
    public void End() => (_probes, _reported) = (null, null);

    /// <summary>Takes what the adapter says of itself.</summary>
    public void Take(AdapterHealth health) => _reported = health.IsHealthy ? null : CallFailure.Bounded(health.Message);

    /// <summary>Takes the answer to a probe.</summary>
    public void Take(ProbeOutcome outcome)
    {
        if (_probes is not { } probes) return;
        var cause = probes.Take(outcome, unit.Services.Supervisor.Steady.Now);
        if (outcome.Failure is { } failure)
            unit.Logger.ProbeFailed(unit.Kind, unit.Id, adapter.Generation, probes.Failures, ProbeRounds.MaxFailures, failure);
        if (cause is not null) Fail(cause);
    }

    /// <summary>Asks for a sign of life when it is time. While the pool is starved the answer would say nothing of the adapter.</summary>
    public void OnTick(DateTimeOffset now)
    {
        if (_probes is not { } probes) return;
        if (inbox.LastInboundUtc is { } heard) probes.Handle(heard);
        var pool = unit.Services.Guard.Watch.Pool;
        if (probes.IsOpen && pool.IsTrusted && ProbeRounds.Stuck(Hanging) is { } stuck) Fail(stuck);
        if (!probes.IsDue(now) || pool.IsStarved) return;
        probes.Ask();
        var sink = new PostingSink(call => unit.Post(new ProbeEnded(adapter.Generation, ProbeOutcome.Of(call, pool.IsTrusted))));
        adapter.Post(adapter.Capabilities.HasFlag(AdapterCapabilities.Probe) ? new ProbeCall(sink) : new PingCall(sink));
    }

    private void Fail(Failure cause) => unit.Post(new GenerationFailed(adapter.Generation, cause));
}
