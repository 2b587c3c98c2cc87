using PluginGateway.Guard.Calls;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Supervision;

/// <summary>Probes of one connection: the time of the next one, and the meaning of its outcome. Pure; the time is passed in.</summary>
/// <remarks>A connection that receives messages needs no probe. One that only sends does: probes detect a connection that is alive but receives no
/// messages.</remarks>
internal sealed class ProbeRounds(TimeSpan idleAfter, DateTimeOffset connectedUtc)
{
    /// <summary>Number of failures in a row that are a fatal error.</summary>
    public const int MaxFailures = 3;

    private DateTimeOffset _quietSince = connectedUtc;
    private DateTimeOffset? _failedUtc;
    private bool _isOpen;
    private string _lastFailure = "";

    public int Failures { get; private set; }

    /// <summary>True while a probe is under way, or waits for one of the slots that earlier probes still hold.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>Times at which the transport, the way in and the way out last proved to work.</summary>
    public ProofsOfLife Proofs { get; private set; } = new(connectedUtc, null, null);

    /// <summary>Fault of the connection, for the operator; null: none.</summary>
    public string? HealthMessage => Failures == 0 ? null : $"the last {(Failures == 1 ? "probe" : $"{Failures} probes")} failed: {_lastFailure}";

    /// <summary>Takes an arrival from the platform.</summary>
    public void Handle(DateTimeOffset heardUtc)
    {
        if (heardUtc > _quietSince) _quietSince = heardUtc;
        if (Proofs.IngressUtc is null || heardUtc > Proofs.IngressUtc)
            Proofs = Proofs with { IngressUtc = heardUtc, TransportUtc = heardUtc > Proofs.TransportUtc ? heardUtc : Proofs.TransportUtc };
        if (heardUtc > _failedUtc) Failures = 0;
    }

    public bool IsDue(DateTimeOffset now) => idleAfter > TimeSpan.Zero && !_isOpen && now - _quietSince >= idleAfter;

    /// <summary>Notes that a probe was sent; the next is not due before it has ended.</summary>
    public void Ask() => _isOpen = true;

    /// <summary>Takes the outcome of a probe. Returns the fatal error if it was the last failure tolerated.</summary>
    public Failure? Take(ProbeOutcome outcome, DateTimeOffset now)
    {
        _isOpen = false;
        _quietSince = now;
        if (outcome.Result is { } result)
        {
            Proofs = new ProofsOfLife(now, result.Ingress ? now : Proofs.IngressUtc, result.Egress ? now : Proofs.EgressUtc);
        }

        if (outcome.IsInconclusive) return null;
        if (outcome.Failure is not { } failure)
        {
            Failures = 0;
            return null;
        }

        Failures++;
        _failedUtc = now;
        _lastFailure = failure;
        return Failures < MaxFailures
            ? null
            : new Failure("probe-failed", $"{MaxFailures} probes in a row failed: {failure}", FreshContext: outcome.IsAbandoned);
    }

    /// <summary>Returns the fatal error when so many probes hang that no other is entered. Each may have been excused at its deadline, because the
    /// thread pool did not answer; now it does, and they still have not returned.</summary>
    /// <param name="hanging">How many probes outlived their deadline and have not come back.</param>
    public static Failure? Stuck(int hanging) =>
        hanging < MaxFailures ? null : new Failure("probe-failed", $"{hanging} probes have not come back", FreshContext: true);
}

/// <summary>Last proofs of life of the parts of a connection; null: none yet.</summary>
internal sealed record ProofsOfLife(DateTimeOffset TransportUtc, DateTimeOffset? IngressUtc, DateTimeOffset? EgressUtc);

/// <summary>Outcome of one probe.</summary>
internal sealed record ProbeOutcome
{
    /// <summary>Answer of the adapter; null: none.</summary>
    public ProbeResult? Result { get; private init; }

    /// <summary>Reason why it counts as a failure; null: it does not.</summary>
    public string? Failure { get; private init; }

    /// <summary>True when it says nothing about the adapter.</summary>
    public bool IsInconclusive { get; private init; }

    /// <summary>True when the call has not come back.</summary>
    public bool IsAbandoned { get; private init; }

    /// <param name="call">The call, ended.</param>
    /// <param name="poolIsTrusted">False: a call that only awaits may be late because of the thread pool.</param>
    public static ProbeOutcome Of(GuardedCall call, bool poolIsTrusted) => call.End switch
    {
        // The worker runs; only the adapter could tell whether its connection works.
        { Kind: CallEndKind.Completed } when call is PingCall => new ProbeOutcome(),
        { Kind: CallEndKind.Completed } => Of(((ProbeCall)call).Value!),
        { Kind: CallEndKind.Refused } => new ProbeOutcome { IsInconclusive = true },
        { Kind: CallEndKind.Overdue, Stage: not CallStage.Entered } when !poolIsTrusted => new ProbeOutcome { IsInconclusive = true },
        var end => new ProbeOutcome
        {
            Failure = $"probe {(end.Kind == CallEndKind.Failed ? "failed: " : "")}{end.Describe()}",
            IsAbandoned = end.Kind == CallEndKind.Overdue
        },
    };

    public static ProbeOutcome Of(ProbeResult result) => new()
    {
        Result = result,
        Failure = result switch
        {
            { Ingress: true, Egress: true } => null,
            { Ingress: false, Egress: false } => "the adapter says that nothing would come in or go out",
            { Ingress: false } => "the adapter says that nothing would come in",
            _ => "the adapter says that nothing would go out",
        },
    };
}

/// <summary>A probe has ended.</summary>
internal sealed record ProbeEnded(int Generation, ProbeOutcome Answer) : UnitEvent;
