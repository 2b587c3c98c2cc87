using CsCheck;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch.Turns;
using PluginGateway.Guard.Calls;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;

namespace PluginGateway.Tests.Supervision.Machine;

public sealed class UnitMachineTests
{
    private static readonly Failure Nobody = new("unreachable", "no route") { IsUnreachable = true };

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<Failure> Troubles = Gen.Select(
        Gen.Bool.Select(static first => first ? "a" : "b"), Gen.Enum<FailureKind>(), Gen.Bool, Gen.Int[0, 400],
        static (code, kind, fresh, wait) => new Failure(code, "trouble", kind, wait > 300 ? TimeSpan.FromSeconds(wait) : null, fresh));

    /// <summary>An event as the world may send it: of the current generation, of an older one, of one that never was.</summary>
    private static readonly Gen<Func<UnitState, UnitEvent>> Events = Gen.Frequency<Func<UnitState, UnitEvent>>(
        (2, Gen.Const<Func<UnitState, UnitEvent>>(static _ => new EnableCommand())),
        (1, Gen.Const<Func<UnitState, UnitEvent>>(static _ => new DisableCommand("off"))),
        (5, Gen.Const<Func<UnitState, UnitEvent>>(static _ => new Tick())),
        (2, Gen.Bool.Select(static starts => (Func<UnitState, UnitEvent>)(_ => new ReplaceCommand(new UnitSpec { Plugin = "P" }, null!, null, starts, TimeSpan.FromSeconds(5))))),
        (10, Gen.Select(Gen.Enum<UnitStep>(), Gen.Int[-1, 1], static (step, offset) => (Func<UnitState, UnitEvent>)(state => new StepEnded(state.Generation + offset, step)))),
        (3, Gen.Select(Gen.Enum<UnitStep>(), Troubles, static (step, failure) => (Func<UnitState, UnitEvent>)(state => new StepEnded(state.Generation, step, failure)))),
        (5, Gen.Select(Troubles, Gen.Int[-2, 1], static (failure, offset) => (Func<UnitState, UnitEvent>)(state => new GenerationFailed(state.Generation + offset, failure)))),
        (6, Gen.Const<Func<UnitState, UnitEvent>>(static state => new TeardownEnded(state.Generation))));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_sequence_of_events_keeps_the_invariants(bool exclusive) =>
        Gen.Select(Events, Gen.Int[0, 400]).Array[1, 120].Sample(
            script =>
            {
                var machineFixture = new MachineFixture(isExclusive: exclusive);
                foreach (var (make, seconds) in script)
                {
                    machineFixture.Pass(TimeSpan.FromSeconds(seconds));
                    machineFixture.Apply(make(machineFixture.State));
                }

                machineFixture.AssertThatAQueuedReconnectBegins();
                machineFixture.Apply(new StopUnitCommand(TimeSpan.FromSeconds(1)));
                machineFixture.EndTeardowns();
                Assert.Equal(UnitPhase.Stopped, machineFixture.State.Phase);
            },
            iter: Effort.Of(10_000));

    [Fact]
    [Acceptance(3)]
    [Original("_safe_adapter_disconnect")]
    public void A_fatal_error_retires_queues_the_reconnect_detaches_and_only_then_tears_down()
    {
        var machineFixture = MachineFixture.Connected();
        var effects = machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("x", "y")));
        Assert.Equal([typeof(Retire), typeof(Detach), typeof(TearDown)], effects.Select(static effect => effect.GetType()));
        Assert.Equal(UnitPhase.Waiting, machineFixture.State.Phase);
        Assert.NotNull(machineFixture.State.DueUtc);
    }

    [Fact]
    public void With_a_credential_that_allows_one_session_nothing_is_created_before_its_lock_is_held()
    {
        var machineFixture = new MachineFixture(isExclusive: true);
        machineFixture.Apply(new EnableCommand());
        var generation = machineFixture.State.Generation;
        var claim = Assert.Single(machineFixture.Apply(new StepEnded(generation, UnitStep.Load) { HoldsCredential = true }));
        Assert.Equal(UnitStep.Claim, Assert.IsType<BeginStep>(claim).Step);

        var refused = machineFixture.Apply(new StepEnded(generation, UnitStep.Claim, new Failure("credential-in-use", "by another")));
        Assert.DoesNotContain(refused, static effect => effect is BeginStep);
        Assert.Equal((UnitPhase.Waiting, "by another"), (machineFixture.State.Phase, machineFixture.State.Reason));

        machineFixture.Apply(new TeardownEnded(generation));
        machineFixture.Pass(machineFixture.State.DueUtc!.Value - machineFixture.Now);
        machineFixture.Apply(new Tick());
        machineFixture.Apply(new StepEnded(machineFixture.State.Generation, UnitStep.Load) { HoldsCredential = true });
        Assert.Equal(UnitStep.Create, Assert.IsType<BeginStep>(Assert.Single(machineFixture.Apply(new StepEnded(machineFixture.State.Generation, UnitStep.Claim)))).Step);
    }

    [Fact]
    public void The_same_fault_reported_twice_counts_once()
    {
        var machineFixture = MachineFixture.Connected();
        var generation = machineFixture.State.Generation;
        machineFixture.Apply(new GenerationFailed(generation, new Failure("x", "y")));
        var after = machineFixture.State;
        Assert.Empty(machineFixture.Apply(new GenerationFailed(generation, new Failure("z", "w"))));
        Assert.Equal(after, machineFixture.State);
    }

    [Fact]
    public void A_fault_for_the_operator_parks_and_activation_gets_it_out()
    {
        var machineFixture = MachineFixture.Connected();
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("unauthorized", "bad token", FailureKind.Operator)));
        Assert.Equal(UnitPhase.Parked, machineFixture.State.Phase);
        machineFixture.Pass(TimeSpan.FromDays(1));
        Assert.Empty(machineFixture.Apply(new Tick()));
        machineFixture.Apply(new TeardownEnded(machineFixture.State.Generation));
        Assert.Equal(UnitStep.Load, Assert.IsType<BeginStep>(Assert.Single(machineFixture.Apply(new EnableCommand()))).Step);
    }

    [Fact]
    public void Three_wedged_generations_in_a_row_are_quarantined_and_a_stable_one_in_between_forgives()
    {
        var machineFixture = MachineFixture.Connected();
        for (var i = 0; i < UnitMachine.MaxWedges; i++)
        {
            machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("wedged", "w", FailureKind.Wedged)));
            if (i == 0) machineFixture.Reconnect(stableFor: TimeSpan.FromSeconds(61));
            else if (machineFixture.State.Phase == UnitPhase.Waiting) machineFixture.Reconnect(stableFor: TimeSpan.FromSeconds(1));
        }

        Assert.Equal((UnitPhase.Connected, 2), (machineFixture.State.Phase, machineFixture.State.Wedges));
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("wedged", "w", FailureKind.Wedged)));
        Assert.Equal(UnitPhase.Quarantined, machineFixture.State.Phase);
    }

    [Fact]
    public void Attempts_count_until_a_connection_has_been_stable()
    {
        var machineFixture = MachineFixture.Connected();
        for (var i = 0; i < 5; i++)
        {
            machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("x", "y")));
            machineFixture.Reconnect(stableFor: TimeSpan.FromSeconds(5));
        }

        Assert.Equal(6, machineFixture.State.Attempt);
        machineFixture.Pass(TimeSpan.FromSeconds(61));
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("x", "y")));
        Assert.Equal(1, machineFixture.State.Attempt);
    }

    [Fact]
    public void A_wait_demanded_by_the_platform_is_honoured()
    {
        var machineFixture = MachineFixture.Connected();
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("x", "y", RetryAfter: TimeSpan.FromMinutes(20))));
        Assert.True(machineFixture.State.DueUtc >= machineFixture.Now + TimeSpan.FromMinutes(20));
    }

    [Fact]
    public void A_wait_of_more_than_an_hour_that_is_demanded_parks_the_adapter()
    {
        var machineFixture = MachineFixture.Connected();
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("x", "Come back later.", RetryAfter: TimeSpan.FromHours(1))));
        Assert.Equal(UnitPhase.Waiting, machineFixture.State.Phase);
        machineFixture = MachineFixture.Connected();
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("x", "Come back later.", RetryAfter: TimeSpan.FromDays(400))));
        Assert.Equal(UnitPhase.Parked, machineFixture.State.Phase);
        Assert.Contains("Come back later. It demands a wait of 9600 h, and 1 h is the longest that is kept", machineFixture.State.Reason, StringComparison.Ordinal);
        machineFixture.Apply(new EnableCommand());
        Assert.Equal(UnitPhase.Loading, machineFixture.State.Phase);
        Assert.Equal(TimeSpan.FromHours(1), new BackoffPolicy(new ReconnectOptions(), new Random(1)).Delay(1, TimeSpan.MaxValue));
    }

    /// <summary>One odd answer of a server must not end the gateway for good.</summary>
    [Theory]
    [InlineData(nameof(UnitStep.Load), false)]
    [InlineData(nameof(UnitStep.Create), false)]
    [InlineData(nameof(UnitStep.Validate), false)]
    [InlineData(nameof(UnitStep.Connect), true)]
    public void What_a_server_answered_is_told_from_what_only_the_operator_can_change(string step, bool isAnswer)
    {
        var machineFixture = new MachineFixture();
        machineFixture.Apply(new EnableCommand());
        machineFixture.Apply(new StepEnded(1, Enum.Parse<UnitStep>(step), new Failure("unauthorized", "no", FailureKind.Operator)) { HoldsCredential = true });
        Assert.Equal((UnitPhase.Parked, isAnswer), (machineFixture.State.Phase, machineFixture.State.IsParkedByAnswer));
    }

    [Fact]
    public void What_reached_nobody_is_tried_every_two_seconds_for_ten_minutes_and_a_few_times_a_minute_after()
    {
        var machineFixture = MachineFixture.Connected();
        var lost = machineFixture.Now;
        var failure = new Failure("unreachable", "refused") { IsUnreachable = true };
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, failure));
        while (machineFixture.Now - lost < TimeSpan.FromHours(2))
        {
            var wait = machineFixture.State.DueUtc!.Value - machineFixture.Now;
            Assert.InRange(wait, TimeSpan.FromSeconds(0.5), machineFixture.Now - lost < TimeSpan.FromMinutes(10) ? TimeSpan.FromSeconds(2) : TimeSpan.FromSeconds(15));
            if (machineFixture.Now - lost >= TimeSpan.FromMinutes(10)) Assert.True(wait > TimeSpan.FromSeconds(5));
            machineFixture.Apply(new TeardownEnded(machineFixture.State.Generation));
            machineFixture.Pass(wait);
            machineFixture.Apply(new Tick());
            machineFixture.Apply(new StepEnded(machineFixture.State.Generation, UnitStep.Load));
            machineFixture.Apply(new StepEnded(machineFixture.State.Generation, UnitStep.Connect, failure));
        }
    }

    /// <summary>An hour of an unplugged cable must not make a platform that then says "slow down" once wait five minutes, nor the other way round.</summary>
    [Fact]
    public void Attempts_that_reached_nobody_do_not_count_as_refusals()
    {
        var machineFixture = MachineFixture.Connected();
        for (var i = 0; i < 50; i++)
        {
            machineFixture.Apply(i == 0 ? new GenerationFailed(machineFixture.State.Generation, Nobody) : new StepEnded(machineFixture.State.Generation, UnitStep.Load, Nobody));
            machineFixture.Apply(new TeardownEnded(machineFixture.State.Generation));
            machineFixture.Pass(TimeSpan.FromSeconds(2));
            machineFixture.Apply(new Tick());
        }

        Assert.Equal((51, 0), (machineFixture.State.Attempt, machineFixture.State.Refusals));
        machineFixture.Apply(new StepEnded(machineFixture.State.Generation, UnitStep.Load, new Failure("refused", "slow down")));
        Assert.True(machineFixture.State.DueUtc <= machineFixture.Now + TimeSpan.FromSeconds(1), "The first refusal waits as the first.");
    }

    [Fact]
    public void The_operators_own_limits_hold_for_what_reached_nobody_too()
    {
        var rare = new BackoffPolicy(new ReconnectOptions { First = TimeSpan.FromSeconds(60) }, new Random(1));
        Assert.InRange(rare.Delay(1, null, TimeSpan.Zero), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60));
        var quick = new BackoffPolicy(new ReconnectOptions { First = TimeSpan.FromMilliseconds(1), Cap = TimeSpan.FromMilliseconds(1) }, new Random(1));
        Assert.True(quick.Delay(1, null, TimeSpan.FromHours(1)) <= TimeSpan.FromMilliseconds(1));
        Assert.Equal(TimeSpan.FromMinutes(5), quick.Delay(1, TimeSpan.FromMinutes(5), TimeSpan.Zero));
    }

    /// <summary>A disk that is full for a moment must not give the next instance the context in which the last one hangs.</summary>
    [Fact]
    public void A_context_of_its_own_is_asked_for_until_one_has_been_loaded()
    {
        var machineFixture = MachineFixture.Connected();
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("wedged", "w", FailureKind.Wedged)));
        for (var i = 0; i < 3; i++)
        {
            machineFixture.Apply(new TeardownEnded(machineFixture.State.Generation));
            machineFixture.Pass(TimeSpan.FromMinutes(6));
            Assert.True(Assert.IsType<BeginStep>(Assert.Single(machineFixture.Apply(new Tick()))).FreshContext);
            machineFixture.Apply(new StepEnded(machineFixture.State.Generation, UnitStep.Load, new Failure("staging-failed", "the disk is full")));
        }

        machineFixture.Apply(new TeardownEnded(machineFixture.State.Generation));
        machineFixture.Pass(TimeSpan.FromMinutes(6));
        Assert.True(Assert.IsType<BeginStep>(Assert.Single(machineFixture.Apply(new Tick()))).FreshContext);
        machineFixture.Climb();
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("x", "y")));
        machineFixture.Apply(new TeardownEnded(machineFixture.State.Generation));
        machineFixture.Pass(TimeSpan.FromMinutes(6));
        Assert.False(Assert.IsType<BeginStep>(Assert.Single(machineFixture.Apply(new Tick()))).FreshContext);
    }

    [Fact]
    public void A_negative_wait_that_a_platform_or_a_backend_demands_is_none()
    {
        foreach (var wait in new[] { TimeSpan.FromSeconds(-1), TimeSpan.FromDays(-4000), TimeSpan.MinValue })
        {
            Assert.InRange(new BackoffPolicy(new ReconnectOptions(), new Random(1)).Delay(1, wait).TotalSeconds, 0, 1);
            Assert.Equal(TimeSpan.FromSeconds(1), TurnPolicy.Defer(1, wait));
            var fault = new AdapterFault("busy", "come back yesterday") { RetryAfter = wait };
            var call = new SendCall(new OutboundMessage("k", new Chat("c", ChatKind.Direct), "t"), null);
            call.Finish(new CallEnd(CallEndKind.Failed, CallStage.Awaiting, TimeSpan.Zero, CallFailure.Of(new AdapterException(fault))));
            Assert.Equal((SendOutcome.NotSent, SendRetryKind.Now), (call.Result.Outcome, call.Result.Error!.Retry.Kind));
            Assert.Throws<ArgumentOutOfRangeException>(() => SendError.RateLimited(wait, RateLimitScope.Chat, "come back yesterday"));
        }
    }

    [Fact]
    public void Backoff_doubles_to_the_cap_with_full_jitter()
    {
        var policy = new BackoffPolicy(new ReconnectOptions(), new Random(1));
        for (var attempt = 1; attempt < 40; attempt++)
        {
            var ceiling = Math.Min(300, Math.Pow(2, attempt - 1));
            var delays = Enumerable.Range(0, 200).Select(_ => policy.Delay(attempt).TotalSeconds).ToArray();
            Assert.All(delays, delay => Assert.InRange(delay, 0, ceiling));
            Assert.InRange(delays.Average(), ceiling * 0.35, ceiling * 0.65);
        }
    }

    [Fact]
    public void A_unit_that_stops_or_has_stopped_hears_no_operator()
    {
        var machineFixture = MachineFixture.Connected();
        machineFixture.Apply(new StopUnitCommand(TimeSpan.FromSeconds(1)));
        foreach (var phase in (UnitPhase[])[UnitPhase.Stopping, UnitPhase.Stopped])
        {
            Assert.Equal(phase, machineFixture.State.Phase);
            var before = machineFixture.State;
            foreach (var word in (UnitEvent[])[new DisableCommand("off"), new EnableCommand(), new Tick()])
            {
                Assert.Empty(machineFixture.Apply(word));
                Assert.Equal(before, machineFixture.State);
            }

            machineFixture.EndTeardowns();
        }
    }

    [Fact]
    public void A_unit_without_an_instance_stops_at_once_and_one_that_is_torn_down_when_that_has_ended()
    {
        var idle = new MachineFixture();
        Assert.Empty(idle.Apply(new StopUnitCommand(TimeSpan.FromSeconds(1))));
        Assert.Equal(UnitPhase.Stopped, idle.State.Phase);

        var machineFixture = MachineFixture.Connected();
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("x", "y")));
        Assert.Equal(1, machineFixture.State.TearingDown);
        Assert.Empty(machineFixture.Apply(new StopUnitCommand(TimeSpan.FromSeconds(1))));
        Assert.Equal((UnitPhase.Stopping, 1), (machineFixture.State.Phase, machineFixture.State.TearingDown));
        machineFixture.EndTeardowns();
        Assert.Equal(UnitPhase.Stopped, machineFixture.State.Phase);
    }

    [Fact]
    public void Switching_off_retires_detaches_tears_down_and_forgets_attempts_and_wedges()
    {
        var machineFixture = MachineFixture.Connected();
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("wedged", "w", FailureKind.Wedged)));
        machineFixture.Reconnect(stableFor: TimeSpan.FromSeconds(1));
        Assert.Equal((2, 1), (machineFixture.State.Attempt, machineFixture.State.Wedges));
        var effects = machineFixture.Apply(new DisableCommand("by the operator"));
        Assert.Equal([typeof(Retire), typeof(Detach), typeof(TearDown)], effects.Select(static effect => effect.GetType()));
        Assert.Equal((UnitPhase.Disabled, "by the operator", 0, 0, 1), (machineFixture.State.Phase, machineFixture.State.Reason, machineFixture.State.Attempt, machineFixture.State.Wedges, machineFixture.State.TearingDown));
        machineFixture.EndTeardowns();
        Assert.Equal((UnitPhase.Disabled, 0), (machineFixture.State.Phase, machineFixture.State.TearingDown));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_policy_for_wedged_units_decides_whether_the_gateway_exits(bool exits)
    {
        var machineFixture = MachineFixture.Connected(exits ? OnWedged.Exit : OnWedged.Quarantine);
        IReadOnlyList<UnitEffect> effects = [];
        for (var i = 1; i <= UnitMachine.MaxWedges; i++)
        {
            Assert.Empty(effects.OfType<ExitGateway>());
            effects = machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("wedged", "half of the slots", FailureKind.Wedged)));
            if (i < UnitMachine.MaxWedges) machineFixture.Reconnect(stableFor: TimeSpan.FromSeconds(1));
        }

        Assert.Equal(UnitPhase.Quarantined, machineFixture.State.Phase);
        Assert.Equal(exits ? 1 : 0, effects.OfType<ExitGateway>().Count(static exit => exit.Reason == "half of the slots"));
    }

    [Fact]
    public void What_wedges_again_and_again_goes_on_in_a_process_of_its_own_and_is_quarantined_when_it_wedges_there_too()
    {
        var machineFixture = MachineFixture.Connected(OnWedged.Process, canBeIsolated: true);
        for (var round = 0; round < 2; round++)
        {
            Assert.Equal(round == 1, machineFixture.State.IsPromoted);
            for (var i = 1; i <= UnitMachine.MaxWedges; i++)
            {
                machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("wedged", "half of the slots", FailureKind.Wedged)));
                if (round == 0 || i < UnitMachine.MaxWedges) machineFixture.Reconnect(stableFor: TimeSpan.FromSeconds(1));
            }
        }

        Assert.Equal(UnitPhase.Quarantined, machineFixture.State.Phase);
    }

    [Fact]
    public void Only_what_can_have_a_process_of_its_own_is_given_one()
    {
        var machineFixture = MachineFixture.Connected(OnWedged.Process);
        for (var i = 1; i <= UnitMachine.MaxWedges; i++)
        {
            machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("wedged", "half of the slots", FailureKind.Wedged)));
            if (i < UnitMachine.MaxWedges) machineFixture.Reconnect(stableFor: TimeSpan.FromSeconds(1));
        }

        Assert.Equal(UnitPhase.Quarantined, machineFixture.State.Phase);
        Assert.False(machineFixture.State.IsPromoted);
    }

    [Fact]
    public void Generations_that_never_came_back_are_no_reason_to_give_up_what_can_be_killed_from_now_on()
    {
        var machineFixture = MachineFixture.Connected(OnWedged.Process, canBeIsolated: true);
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("x", "the link died")));
        machineFixture.Pass(TimeSpan.FromSeconds(400));
        var begin = Assert.Single(machineFixture.With(zombies: UnitMachine.MaxZombies).Apply(new Tick()).OfType<BeginStep>());
        Assert.True(begin.FreshContext);
        Assert.True(machineFixture.State.IsPromoted);
        machineFixture.Climb();
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("x", "again")));
        machineFixture.Pass(TimeSpan.FromSeconds(400));
        Assert.Single(machineFixture.With(zombies: UnitMachine.MaxZombies).Apply(new Tick()).OfType<BeginStep>());
    }

    [Fact]
    public void After_a_wedge_or_an_abandoned_call_the_next_instance_and_only_that_gets_a_fresh_context()
    {
        var machineFixture = MachineFixture.Connected();
        foreach (var (failure, fresh) in new[]
        {
            (new Failure("x", "y"), false), (new Failure("connect-timeout", "y", FreshContext: true), true), (new Failure("x", "y"), false),
            (new Failure("wedged", "y", FailureKind.Wedged), true), (new Failure("x", "y"), false),
        })
        {
            machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, failure));
            machineFixture.EndTeardowns();
            machineFixture.Pass(TimeSpan.FromSeconds(400));
            var begun = Assert.IsType<BeginStep>(Assert.Single(machineFixture.Apply(new Tick())));
            Assert.Equal((UnitStep.Load, fresh), (begun.Step, begun.FreshContext));
            machineFixture.Climb();
        }
    }

    [Fact]
    public void A_stable_connection_forgives_wedges_and_an_unstable_one_does_not()
    {
        var machineFixture = MachineFixture.Connected();
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("wedged", "w", FailureKind.Wedged)));
        machineFixture.Reconnect(stableFor: TimeSpan.FromSeconds(59.9));
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("x", "y")));
        Assert.Equal(1, machineFixture.State.Wedges);
        machineFixture.Reconnect(stableFor: TimeSpan.FromSeconds(60));
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("x", "y")));
        Assert.Equal(0, machineFixture.State.Wedges);
    }

    [Fact]
    public void It_is_down_since_the_connection_was_lost_until_there_is_one_again()
    {
        var machineFixture = MachineFixture.Connected();
        Assert.Null(machineFixture.State.DownSinceUtc);
        machineFixture.Pass(TimeSpan.FromMinutes(5));
        var lost = machineFixture.Now;
        for (var i = 0; i < 3; i++)
        {
            machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("x", "y")));
            machineFixture.EndTeardowns();
            machineFixture.Pass(TimeSpan.FromMinutes(10));
            machineFixture.Apply(new Tick());
            Assert.Equal((UnitPhase.Loading, lost), (machineFixture.State.Phase, machineFixture.State.DownSinceUtc));
        }

        machineFixture.Climb();
        Assert.Null(machineFixture.State.DownSinceUtc);
    }

    [Fact]
    public void A_connect_is_told_its_attempt_whether_it_is_a_reconnect_and_why()
    {
        var machineFixture = new MachineFixture();
        machineFixture.Apply(new EnableCommand());
        Assert.Equal(new ConnectContext(1, false, "start"), Connect(machineFixture));
        machineFixture.Apply(new StepEnded(machineFixture.State.Generation, UnitStep.Connect, new Failure("unreachable", "no route")));
        machineFixture.EndTeardowns();
        machineFixture.Pass(TimeSpan.FromSeconds(400));
        machineFixture.Apply(new Tick());
        Assert.Equal("no route", machineFixture.State.Reason);
        Assert.Equal(new ConnectContext(2, false, "unreachable"), Connect(machineFixture));
        machineFixture.Apply(new StepEnded(machineFixture.State.Generation, UnitStep.Connect));
        Assert.Equal((true, ""), (machineFixture.State.WasConnected, machineFixture.State.Reason));
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("lost", "gone")));
        machineFixture.EndTeardowns();
        machineFixture.Pass(TimeSpan.FromSeconds(400));
        machineFixture.Apply(new Tick());
        Assert.Equal(new ConnectContext(3, true, "lost"), Connect(machineFixture));

        static ConnectContext Connect(MachineFixture machineFixture)
        {
            machineFixture.Apply(new StepEnded(machineFixture.State.Generation, UnitStep.Load));
            machineFixture.Apply(new StepEnded(machineFixture.State.Generation, UnitStep.Create));
            return Assert.IsType<BeginStep>(Assert.Single(machineFixture.Apply(new StepEnded(machineFixture.State.Generation, UnitStep.Validate)))).Connect!;
        }
    }

    [Fact]
    public void The_operators_reconnect_of_one_at_work_is_due_at_once()
    {
        var machineFixture = MachineFixture.Connected();
        machineFixture.Apply(new EnableCommand());
        Assert.Equal((UnitPhase.Waiting, machineFixture.Now, "The operator asked for a reconnect."), (machineFixture.State.Phase, machineFixture.State.DueUtc, machineFixture.State.Reason));
    }

    [Fact]
    public void Nothing_begins_before_its_time()
    {
        var machineFixture = MachineFixture.Connected();
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("x", "y", RetryAfter: TimeSpan.FromMinutes(20))));
        machineFixture.EndTeardowns();
        machineFixture.Pass(machineFixture.State.DueUtc!.Value - machineFixture.Now - TimeSpan.FromTicks(1));
        Assert.Empty(machineFixture.Apply(new Tick()));
        machineFixture.Pass(TimeSpan.FromTicks(1));
        Assert.Single(machineFixture.Apply(new Tick()).OfType<BeginStep>());
    }

    [Fact]
    public void One_that_is_switched_on_forgets_why_it_rested_and_uses_what_is_loaded()
    {
        var machineFixture = MachineFixture.Connected();
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("wedged", "w", FailureKind.Wedged)));
        machineFixture.Reconnect(stableFor: TimeSpan.FromSeconds(1));
        machineFixture.Apply(new DisableCommand("off"));
        machineFixture.EndTeardowns();
        Assert.False(Assert.IsType<BeginStep>(Assert.Single(machineFixture.Apply(new EnableCommand()))).FreshContext);
        Assert.Equal((UnitPhase.Loading, ""), (machineFixture.State.Phase, machineFixture.State.Reason));
        // Without a credential there is nothing to claim.
        Assert.Equal(UnitStep.Create, Assert.IsType<BeginStep>(Assert.Single(machineFixture.Apply(new StepEnded(machineFixture.State.Generation, UnitStep.Load)))).Step);
    }

    [Fact]
    public void One_credential_waits_for_the_end_of_the_last_session_whoever_asks()
    {
        var machineFixture = new MachineFixture(isExclusive: true);
        machineFixture.Apply(new EnableCommand());
        machineFixture.Climb();
        machineFixture.Apply(new DisableCommand("off"));
        Assert.Empty(machineFixture.Apply(new EnableCommand()));
        Assert.Equal((UnitPhase.Waiting, "the last session is still being closed"), (machineFixture.State.Phase, machineFixture.State.Reason));
        machineFixture.Pass(TimeSpan.FromSeconds(4));
        Assert.Empty(machineFixture.Apply(new Tick()));
        machineFixture.EndTeardowns();
        Assert.Single(machineFixture.Apply(new Tick()).OfType<BeginStep>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Too_many_generations_that_never_came_back_are_quarantined_instead_of_another_one(bool exits)
    {
        var machineFixture = MachineFixture.Connected(exits ? OnWedged.Exit : OnWedged.Quarantine);
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("x", "the link died")));
        machineFixture.EndTeardowns();
        machineFixture.Pass(TimeSpan.FromSeconds(400));
        var effects = machineFixture.With(zombies: UnitMachine.MaxZombies).Apply(new Tick());
        Assert.Equal(exits ? 1 : 0, effects.OfType<ExitGateway>().Count());
        Assert.Equal(UnitPhase.Quarantined, machineFixture.State.Phase);
        Assert.Contains("the link died", machineFixture.State.Reason, StringComparison.Ordinal);
        Assert.Contains("16 earlier generations", machineFixture.State.Reason, StringComparison.Ordinal);
        Assert.Single(machineFixture.Apply(new EnableCommand()).OfType<BeginStep>());
    }

    [Fact]
    public void One_zombie_less_than_too_many_is_tried_again()
    {
        var machineFixture = MachineFixture.Connected();
        machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, new Failure("x", "y")));
        machineFixture.Pass(TimeSpan.FromSeconds(400));
        Assert.Single(machineFixture.With(zombies: UnitMachine.MaxZombies - 1).Apply(new Tick()).OfType<BeginStep>());
    }

    [Fact]
    public void A_conflict_is_retried_for_ten_minutes_while_an_earlier_generation_has_open_calls_and_then_parked()
    {
        var machineFixture = MachineFixture.Connected().With(zombies: 1);
        var started = machineFixture.Now;
        while (machineFixture.State.Phase != UnitPhase.Parked && machineFixture.Now - started < TimeSpan.FromHours(1))
        {
            machineFixture.Apply(new GenerationFailed(machineFixture.State.Generation, Conflict));
            if (machineFixture.State.Phase != UnitPhase.Waiting) continue;
            Assert.Contains("our own", machineFixture.State.Reason, StringComparison.Ordinal);
            machineFixture.EndTeardowns();
            machineFixture.Pass(machineFixture.State.DueUtc!.Value - machineFixture.Now);
            machineFixture.Apply(new Tick());
            machineFixture.With(zombies: 1);
        }

        Assert.Equal(UnitPhase.Parked, machineFixture.State.Phase);
        Assert.InRange(machineFixture.Now - started, UnitMachine.ConflictPatience, UnitMachine.ConflictPatience + TimeSpan.FromMinutes(6));
    }

    [Fact]
    public void A_conflict_with_nothing_of_our_own_left_is_parked_at_once_and_so_is_another_fault_beside_a_zombie()
    {
        var alone = MachineFixture.Connected();
        alone.Apply(new GenerationFailed(alone.State.Generation, Conflict));
        Assert.Equal(UnitPhase.Parked, alone.State.Phase);

        var beside = MachineFixture.Connected().With(zombies: 1);
        beside.Apply(new GenerationFailed(beside.State.Generation, Conflict with { Code = AdapterFault.UnauthorizedCode }));
        Assert.Equal(UnitPhase.Parked, beside.State.Phase);
    }

    private static readonly Failure Conflict = new(AdapterFault.ConflictCode, "Another poller has our account.", FailureKind.Operator);

    /// <summary>A unit and what an honest observer knows of it; checks every step.</summary>
    private sealed class MachineFixture
    {
        private readonly UnitMachine _machine;
        private readonly HashSet<int> _live = [];
        private readonly HashSet<int> _tearingDown = [];
        private int _generations;

        private readonly bool _isExclusive;

        /// <summary>Generations that have been created and whose teardown has not ended: where there is one credential, at most one.</summary>
        private readonly HashSet<int> _alive = [];

        public MachineFixture(OnWedged onWedged = OnWedged.Quarantine, bool isExclusive = false, bool canBeIsolated = false)
        {
            _isExclusive = isExclusive;
            _machine = new UnitMachine(new UnitOptions(new ReconnectOptions(), onWedged) { CanBeIsolated = canBeIsolated }, new BackoffPolicy(new ReconnectOptions(), new Random(3)), () => ++_generations);
        }

        public UnitState State { get; private set; } = new(UnitPhase.Disabled, "", Start);

        public DateTimeOffset Now { get; private set; } = Start;

        public static MachineFixture Connected(OnWedged onWedged = OnWedged.Quarantine, bool canBeIsolated = false)
        {
            var machineFixture = new MachineFixture(onWedged, canBeIsolated: canBeIsolated);
            machineFixture.Apply(new EnableCommand());
            machineFixture.Climb();
            return machineFixture;
        }

        public void Pass(TimeSpan time) => Now += time;

        /// <summary>So many earlier generations have calls that never came back.</summary>
        public MachineFixture With(int zombies)
        {
            State = State with { Zombies = zombies };
            return this;
        }

        public void Reconnect(TimeSpan stableFor)
        {
            Apply(new TeardownEnded(State.Generation));
            Now = State.DueUtc!.Value;
            Apply(new Tick());
            Climb();
            Pass(stableFor);
        }

        /// <summary>Every teardown ends: by itself, or abandoned at its bound. The guard sees to that, once for each.</summary>
        public void EndTeardowns()
        {
            while (_tearingDown.Count > 0) Apply(new TeardownEnded(_tearingDown.First()));
        }

        public void AssertThatAQueuedReconnectBegins()
        {
            if (State.Phase != UnitPhase.Waiting) return;
            EndTeardowns();
            Now = State.DueUtc!.Value;
            Assert.Equal(UnitStep.Load, Assert.IsType<BeginStep>(Assert.Single(Apply(new Tick()))).Step);
        }

        public IReadOnlyList<UnitEffect> Apply(UnitEvent happened)
        {
            var before = State;
            // Nobody is asked for a credential before the load has said that there is one.
            if (happened is StepEnded { Step: UnitStep.Claim } && !before.HoldsCredential) return [];
            if (happened is StepEnded { Step: UnitStep.Load, Failure: null } loaded) happened = loaded with { HoldsCredential = _isExclusive };
            if (happened is TeardownEnded)
            {
                // It ends for a generation that is being torn down, whichever, and once.
                if (_tearingDown.Count == 0) return [];
                var ended = _tearingDown.First();
                _tearingDown.Remove(ended);
                _alive.Remove(ended);
            }

            var (after, effects) = _machine.Step(before, happened, Now);
            State = after;
            Check(before, happened, after, effects);
            return effects;
        }

        public void Climb()
        {
            foreach (var step in Enum.GetValues<UnitStep>()) Apply(new StepEnded(State.Generation, step));
            Assert.Equal(UnitPhase.Connected, State.Phase);
        }

        private void Check(UnitState before, UnitEvent happened, UnitState after, IReadOnlyList<UnitEffect> effects)
        {
            Assert.True(Enum.IsDefined(after.Phase));
            Assert.True(after.Generation >= before.Generation);
            Assert.Equal(after.Phase == UnitPhase.Waiting, after.DueUtc is not null);
            if (happened is StepEnded { Failure: { } failure } step && UnitMachine.IsCurrent(before, step.Generation)) CheckTrouble(failure, after, effects);
            if (happened is GenerationFailed generationFailed && UnitMachine.IsCurrent(before, generationFailed.Generation)) CheckTrouble(generationFailed.Failure, after, effects);
            if (GenerationOf(happened) is { } old && !UnitMachine.IsCurrent(before, old))
            {
                Assert.Equal(before, after);
                Assert.Empty(effects);
            }

            foreach (var effect in effects)
            {
                switch (effect)
                {
                    case BeginStep { Step: UnitStep.Load }:
                        Assert.Empty(_live);
                        Assert.True(!before.AwaitsTeardown || before.TearingDown == 0, "A reload makes the next generation when nothing is left of the last.");
                        _live.Add(effect.Generation);
                        break;
                    case BeginStep { Step: UnitStep.Create }:
                        Assert.Contains(effect.Generation, _live);
                        _alive.Add(effect.Generation);
                        break;
                    case BeginStep or Attach:
                        Assert.Contains(effect.Generation, _live);
                        break;
                    case Retire:
                        Assert.True(_live.Remove(effect.Generation));
                        break;
                    case TearDown:
                        Assert.DoesNotContain(effect.Generation, _live);
                        Assert.True(_tearingDown.Add(effect.Generation), "A generation is torn down once.");
                        break;
                }
            }

            Assert.Equal(after.IsLive ? [after.Generation] : [], _live);
            Assert.Equal(after.TearingDown, _tearingDown.Count);
            if (_isExclusive) Assert.True(_alive.Count <= 1, "Two live generations of one credential.");
        }

        private static int? GenerationOf(UnitEvent happened) => happened switch
        {
            GenerationFailed generationFailed => generationFailed.Generation,
            StepEnded step => step.Generation,
            _ => null,
        };

        private static void CheckTrouble(Failure failure, UnitState after, IReadOnlyList<UnitEffect> effects)
        {
            Assert.False(after.IsLive);
            if (failure.Kind == FailureKind.Retry && after.Phase != UnitPhase.Parked) Assert.NotNull(after.DueUtc);
            Assert.Equal(typeof(Retire), effects[0].GetType());
            Assert.Equal(typeof(TearDown), effects[^1].GetType());
        }
    }
}
