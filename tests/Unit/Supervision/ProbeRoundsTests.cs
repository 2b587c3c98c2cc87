using PluginGateway.Guard.Calls;
using PluginGateway.Supervision;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Tests.Supervision;

public sealed class ProbeRoundsTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(60);
    private static readonly ProbeOutcome Good = ProbeOutcome.Of(new ProbeResult(true, true));
    private static readonly ProbeOutcome Deaf = ProbeOutcome.Of(new ProbeResult(false, true));

    private readonly ProbeRounds _rounds = new(Idle, Start);

    [Fact]
    public void A_probe_is_due_when_nothing_has_arrived_for_the_interval_and_none_is_open()
    {
        Assert.False(_rounds.IsDue(At(59.9)));
        Assert.True(_rounds.IsDue(At(60)));
        _rounds.Handle(At(30));
        Assert.False(_rounds.IsDue(At(89.9)));
        Assert.True(_rounds.IsDue(At(90)));
        _rounds.Ask();
        Assert.False(_rounds.IsDue(At(500)));
        Assert.Null(_rounds.Take(Good, At(500)));
        Assert.False(_rounds.IsDue(At(559.9)));
        Assert.True(_rounds.IsDue(At(560)));
    }

    [Fact]
    public void An_interval_of_zero_is_never_due() => Assert.False(new ProbeRounds(TimeSpan.Zero, Start).IsDue(At(1_000_000)));

    [Fact]
    public void Three_failures_in_a_row_are_fatal_and_each_is_a_complaint()
    {
        Assert.Null(_rounds.HealthMessage);
        Assert.Null(Fail(60));
        Assert.Equal("the last probe failed: the adapter says that nothing would come in", _rounds.HealthMessage);
        Assert.Null(Fail(120));
        Assert.Equal("the last 2 probes failed: the adapter says that nothing would come in", _rounds.HealthMessage);
        var failure = Fail(180)!;
        Assert.Equal(("probe-failed", FailureKind.Retry), (failure.Code, failure.Kind));
        Assert.StartsWith("3 probes in a row failed", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_good_probe_or_a_message_in_between_forgives()
    {
        Fail(60);
        Fail(120);
        _rounds.Take(Good, At(180));
        Assert.Equal((0, null), (_rounds.Failures, _rounds.HealthMessage));
        Fail(240);
        Fail(300);
        _rounds.Handle(At(299));
        _rounds.Handle(At(300));
        Assert.Equal(2, _rounds.Failures);
        _rounds.Handle(At(301));
        Assert.Equal(0, _rounds.Failures);
        Assert.Null(Fail(400));
    }

    [Fact]
    public void What_says_nothing_of_the_adapter_is_no_failure_and_no_proof()
    {
        Fail(60);
        Fail(120);
        Assert.Null(_rounds.Take(ProbeOutcome.Of(Ended(CallEndKind.Overdue, CallStage.Awaiting), poolIsTrusted: false), At(180)));
        Assert.Null(_rounds.Take(ProbeOutcome.Of(Ended(CallEndKind.Refused, CallStage.NotEntered), poolIsTrusted: true), At(240)));
        Assert.Equal((2, At(120)), (_rounds.Failures, _rounds.Proofs.TransportUtc));
        Assert.NotNull(Fail(300));
    }

    [Theory]
    [InlineData("Awaiting", true, true)]
    [InlineData("Awaiting", false, false)]
    [InlineData("NotEntered", false, false)]
    [InlineData("Entered", false, true)]
    public void A_probe_that_hangs_fails_unless_the_pool_may_be_to_blame(string stage, bool poolIsTrusted, bool fails)
    {
        var outcome = ProbeOutcome.Of(Ended(CallEndKind.Overdue, Enum.Parse<CallStage>(stage)), poolIsTrusted);
        Assert.Equal(fails, outcome.Failure is not null);
        Assert.Equal(!fails, outcome.IsInconclusive);
    }

    [Fact]
    public void Probes_that_hold_every_slot_are_fatal_whatever_was_said_of_each()
    {
        Assert.Null(ProbeRounds.Stuck(ProbeRounds.MaxFailures - 1));
        Assert.Equal(new Failure("probe-failed", "3 probes have not come back", FreshContext: true), ProbeRounds.Stuck(ProbeRounds.MaxFailures));
    }

    [Fact]
    public void Each_part_of_the_connection_has_its_own_proof()
    {
        Assert.Equal(new ProofsOfLife(Start, null, null), _rounds.Proofs);
        _rounds.Handle(At(10));
        Assert.Equal(new ProofsOfLife(At(10), At(10), null), _rounds.Proofs);
        _rounds.Take(Deaf, At(70));
        Assert.Equal(new ProofsOfLife(At(70), At(10), At(70)), _rounds.Proofs);
        _rounds.Take(ProbeOutcome.Of(new ProbeResult(true, false)), At(130));
        Assert.Equal(new ProofsOfLife(At(130), At(130), At(70)), _rounds.Proofs);
        _rounds.Handle(At(5));
        Assert.Equal(At(130), _rounds.Proofs.IngressUtc);
        _rounds.Take(Deaf, At(190));
        _rounds.Handle(At(150));
        Assert.Equal(new ProofsOfLife(At(190), At(150), At(190)), _rounds.Proofs);
    }

    [Fact]
    public void Each_failure_says_what_failed()
    {
        Assert.Null(Good.Failure);
        Assert.Equal("the adapter says that nothing would come in", Deaf.Failure);
        Assert.Equal("the adapter says that nothing would go out", ProbeOutcome.Of(new ProbeResult(true, false)).Failure);
        Assert.Equal("the adapter says that nothing would come in or go out", ProbeOutcome.Of(new ProbeResult(false, false)).Failure);
        Assert.Equal(
            "probe did not finish within 10 s", ProbeOutcome.Of(Ended(CallEndKind.Overdue, CallStage.Awaiting), poolIsTrusted: true).Failure);
        Assert.Equal("probe failed: System.InvalidOperationException: no",
            ProbeOutcome.Of(Ended(CallEndKind.Failed, CallStage.Entered, new InvalidOperationException("no")), poolIsTrusted: true).Failure);
    }

    private static DateTimeOffset At(double seconds) => Start.AddSeconds(seconds);

    private static ProbeCall Ended(CallEndKind kind, CallStage stage, Exception? failure = null)
    {
        var call = new ProbeCall(null);
        call.Finish(new CallEnd(kind, stage, TimeSpan.FromSeconds(10), failure is null ? null : CallFailure.Of(failure)));
        return call;
    }

    private Failure? Fail(double seconds)
    {
        _rounds.Ask();
        return _rounds.Take(Deaf, At(seconds));
    }
}
