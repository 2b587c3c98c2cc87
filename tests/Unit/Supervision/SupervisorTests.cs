using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;
using PluginGateway.Guard.Lanes;
using PluginGateway.Loading;
using PluginGateway.Supervision;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Tests.Guard;

namespace PluginGateway.Tests.Supervision;

public sealed class SupervisorTests
{
    private static readonly AdapterOptions Probed = new()
    {
        Id = "unit",
        Plugin = "Test",
        Probe = new ProbeOptions { IdleAfter = TimeSpan.FromMilliseconds(50) },
        Timeouts = new CallTimeouts { Probe = TimeSpan.FromMilliseconds(100), Disconnect = TimeSpan.FromMilliseconds(200) },
    };

    private static readonly DisabledReason Off = new(UnitPhase.Disabled, "off");

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public void A_wall_clock_that_is_set_neither_delays_a_reconnect_nor_makes_a_young_connection_an_old_one(int jump)
    {
        var fixture = new SupervisorFixture(static _ => new ScriptedAdapter(), clock: new JumpingClock(TimeSpan.FromSeconds(jump))).Connected();
        for (var generation = 1; generation < 4; generation++)
        {
            fixture.Unit.Post(new GenerationFailed(generation, new Failure("lost", "the link died")));
            fixture.UntilConnected(generation + 1);
        }

        Assert.Equal(4, fixture.Seen.Attempt);
        Assert.DoesNotContain(fixture.Said, static line => line.Contains("needs attention", StringComparison.Ordinal));
    }

    [Fact]
    public void What_has_left_is_forgotten_by_supervisor_and_watch_and_can_come_back()
    {
        var fixture = new SupervisorFixture(static _ => new ScriptedAdapter()).Connected();
        var watched = fixture.Watch.Count;
        var units = Enumerable.Range(0, 50).Select(number => fixture.Of(fixture.Unit.Spec, $"gone-{number}")).ToArray();
        foreach (var unit in units)
        {
            unit.Post(SupervisorFixture.Configured(unit, Off));
            unit.Post(new ConfigureCommand(null));
        }

        GuardFixture.Until(() => Array.TrueForAll(units, static unit => unit.IsForgotten) && fixture.Watch.Count <= watched, "they are forgotten");
        units[7].Post(SupervisorFixture.Configured(units[7], Off));
        GuardFixture.Until(
            () => fixture.Supervisor.Snapshot.Units.Any(static unit => unit.Id == "gone-7") && fixture.Watch.Count == watched + 1, "it is back");
        Assert.False(units[7].IsForgotten);
        Assert.Equal(2, fixture.Supervisor.Snapshot.Units.Count);
    }

    /// <summary>Units that have not been activated yet look like ones that never will be: a start whose loop was late once ended with exit code 78
    /// for that.</summary>
    [Fact]
    public void Nothing_is_published_before_a_late_loop_has_seen_that_its_units_are_switched_on()
    {
        var clock = new HeldClock();
        var fixture = new SupervisorFixture(static _ => new ScriptedAdapter(), clock: clock);
        clock.Hold();
        fixture.Start();
        Assert.True(clock.IsHeld.WaitOne(GuardFixture.Patience), "The loop has not begun.");
        Assert.Empty(fixture.Supervisor.Snapshot.Units);
        clock.Release();
        GuardFixture.Until(() =>
        {
            var snapshot = fixture.Supervisor.Snapshot;
            Assert.False(snapshot.Units.Count > 0 && snapshot.IsHopeless, "A unit that is switched on was published as one that never runs.");
            return snapshot.Units is [{ Phase: UnitPhase.Connected }];
        }, "the unit is connected");
    }

    [Fact]
    public void An_adapter_whose_probes_come_back_stays_and_shows_its_proofs_of_life()
    {
        var adapter = new ProbedAdapter { OnProbe = static _ => Task.FromResult(new ProbeResult(true, true)) };
        var fixture = new SupervisorFixture(_ => adapter, Probed, capabilities: AdapterCapabilities.Probe);
        fixture.Start();
        GuardFixture.Until(() => adapter.Probes >= 5, "it has been probed five times");
        Assert.Equal((UnitPhase.Connected, 1), (fixture.Seen.Phase, fixture.Seen.Generation));
        GuardFixture.Until(() => fixture.Seen.Proofs is { IngressUtc: not null, EgressUtc: not null }, "the proofs are published");
    }

    [Fact]
    public void An_adapter_that_hears_something_is_not_probed_and_shows_when_it_did()
    {
        var adapter = new ProbedAdapter { OnProbe = static _ => Task.FromResult(new ProbeResult(true, true)) };
        var fixture = new SupervisorFixture(_ => adapter, Probed with { Probe = new ProbeOptions { IdleAfter = TimeSpan.FromMinutes(10) } },
            capabilities: AdapterCapabilities.Probe);
        fixture.Start();
        GuardFixture.Until(() => fixture.Supervisor.Snapshot.Units is [{ Phase: UnitPhase.Connected }], "the unit is connected");
        Assert.Null(fixture.Seen.Proofs!.IngressUtc);
        var message = new InboundMessage("e", new Chat("c", ChatKind.Direct), new Sender("s"), "t");
        fixture.Context!.Inbox.AcceptAsync(message, CancellationToken.None);
        fixture.Inbox.Verify(inbox => inbox.AcceptAsync(message, CancellationToken.None));
        GuardFixture.Until(() => fixture.Seen.Proofs?.IngressUtc is not null, "the arrival is published");
        Assert.Equal(0, adapter.Probes);
    }

    public static TheoryData<string, Func<CancellationToken, Task<ProbeResult>?>> BadProbes => new()
    {
        { "never completes", static _ => new TaskCompletionSource<ProbeResult>().Task },
        { "blocks", static _ => { Thread.Sleep(Timeout.Infinite); return null; } },
        { "throws", static _ => throw new InvalidOperationException("no") },
        { "no task", static _ => null },
        { "no result", static _ => Task.FromResult<ProbeResult>(null!) },
        { "deaf", static _ => Task.FromResult(new ProbeResult(false, true)) },
        { "mute", static _ => Task.FromResult(new ProbeResult(true, false)) },
    };

    [Theory]
    [MemberData(nameof(BadProbes))]
    public void An_adapter_whose_probes_fail_is_replaced_after_three(string how, Func<CancellationToken, Task<ProbeResult>?> probe)
    {
        var first = new ProbedAdapter { OnProbe = probe };
        var fixture = new SupervisorFixture(generation => generation == 1 ? first : ProbedAdapter.Good(), Probed,
            capabilities: AdapterCapabilities.Probe);
        fixture.Start();
        fixture.UntilHostCall("detached 1");
        Assert.True(first.Probes == ProbeRounds.MaxFailures, $"The adapter whose probe {how} is given up after {first.Probes} probes.");
        // What hangs asks for a fresh context, and there is no DLL here to load it from.
        if (how is not ("never completes" or "blocks"))
            GuardFixture.Until(() => fixture.Supervisor.Snapshot.Units is [{ Phase: UnitPhase.Connected, Generation: 2 }], "it is replaced");
    }

    [Fact]
    public void The_next_probe_waits_for_the_answer_to_the_last()
    {
        var (open, most) = (0, 0);
        var adapter = new ProbedAdapter
        {
            OnProbe = async _ =>
            {
                most = Math.Max(most, Interlocked.Increment(ref open));
                await Task.Delay(250);
                Interlocked.Decrement(ref open);
                return new ProbeResult(true, true);
            },
        };
        var fixture = new SupervisorFixture(_ => adapter, Probed with { Timeouts = new CallTimeouts { Probe = TimeSpan.FromMinutes(1) } },
            capabilities: AdapterCapabilities.Probe);
        fixture.Start();
        GuardFixture.Until(() => adapter.Probes >= 3, "it has been probed three times");
        Assert.Equal(1, most);
    }

    [Fact]
    public void An_adapter_that_cannot_be_probed_is_not()
    {
        var fixture = new SupervisorFixture(
            static _ => new ScriptedAdapter(), Probed with { Probe = new ProbeOptions { IdleAfter = TimeSpan.FromMilliseconds(1) } }).Connected();
        fixture.UntilHandled();
        Assert.DoesNotContain(fixture.Unit.Figures.Read(), static figure => figure.Operation == Operation.Probe);
    }

    /// <summary>Each probe that hangs while the pool is slow is excused and keeps its slot; when all have been, none is left to tell that the adapter
    /// is deaf.</summary>
    [Fact]
    public void An_adapter_whose_probes_hang_while_the_pool_is_slow_is_replaced_when_it_has_recovered()
    {
        var (clock, isSlow, asks) = (new HookedClock(), true, 0);
        var pool = new PoolProbe(clock, asked =>
        {
            if (!Volatile.Read(ref isSlow)) asked.Answer();
            Interlocked.Increment(ref asks);
        });
        var first = new ProbedAdapter { OnProbe = static _ => new TaskCompletionSource<ProbeResult>().Task };
        var second = ProbedAdapter.Good();
        // Its plugin is loaded from the disk, because a fresh context is asked for. Its probes are late, however late their thread enters them.
        var options = Probed with { Plugin = "WebChat", Timeouts = Probed.Timeouts with { Probe = TimeSpan.FromMilliseconds(500) } };
        var fixture = new SupervisorFixture(
            generation => generation == 1 ? first : second, options, pool: pool, capabilities: AdapterCapabilities.Probe);
        // The pool's time stands: an item waits for half a second, which is slow, and not starved, whatever the machine does.
        clock.Advance(TimeSpan.FromMilliseconds(100));
        GuardFixture.Until(() => Volatile.Read(ref asks) == 1, "the pool is asked");
        clock.Advance(TimeSpan.FromMilliseconds(500));
        GuardFixture.Until(() => !pool.IsTrusted, "the pool is not trusted");
        fixture.Start();
        fixture.UntilSeen(
            static unit => unit is { Phase: UnitPhase.Connected, Abandoned.Count: ProbeRounds.MaxFailures, Reason: "3 abandoned calls" },
            "they hold all of their slots");
        Volatile.Write(ref isSlow, false);
        pool.Answer();
        clock.Advance(TimeSpan.FromSeconds(2));
        fixture.UntilConnected(2);
        Assert.Equal("probe-failed", second.Context!.Reason);
        Assert.Equal(ProbeRounds.MaxFailures, first.Probes);
    }

    [Fact]
    public void A_failed_probe_degrades_it()
    {
        var adapter = new ProbedAdapter { OnProbe = static _ => Task.FromResult(new ProbeResult(false, true)) };
        var fixture = new SupervisorFixture(_ => adapter, Probed with { Probe = new ProbeOptions { IdleAfter = TimeSpan.FromSeconds(1) } },
            capabilities: AdapterCapabilities.Probe);
        fixture.Start();
        GuardFixture.Until(() => fixture.Supervisor.Snapshot.Units is [{ IsDegraded: true, StateName: "Degraded" }], "it is degraded");
        Assert.EndsWith("failed: the adapter says that nothing would come in", fixture.Seen.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_starved_pool_and_its_recovery_are_told_once_each_and_shown()
    {
        var clock = new HookedClock();
        var pool = new PoolProbe(clock, static _ => { });
        var log = new SupervisorFixture(static _ => new ScriptedAdapter());
        var supervisor = new Supervisor(TimeProvider.System, new ReconnectOptions(), pool, log, static _ => { });
        Pass(0.1);
        Pass(1.5);
        supervisor.Start();
        log.UntilSaid("The thread pool is starved: a probe has waited 1.5 s");
        GuardFixture.Until(() => supervisor.Snapshot is { PoolIsStarved: true, IsWhole: false }, "it is shown");
        Assert.True(supervisor.Heartbeat.Age < GuardFixture.Patience);
        pool.Answer();
        Pass(0);
        log.UntilSaid("The thread pool has recovered");
        GuardFixture.Until(() => supervisor.Snapshot is { PoolIsStarved: false, IsWhole: true }, "it is shown");
        Assert.Equal(2, log.Said.Count);

        void Pass(double seconds)
        {
            clock.Advance(TimeSpan.FromSeconds(seconds));
            pool.Poll();
        }
    }

    /// <summary>The system's clock, which the supervisor's loop can be made to wait for.</summary>
    private sealed class HeldClock : TimeProvider
    {
        private readonly ManualResetEvent _open = new(true);

        public ManualResetEvent IsHeld { get; } = new(false);

        public void Hold() => _open.Reset();

        public void Release() => _open.Set();

        public override DateTimeOffset GetUtcNow()
        {
            if (Thread.CurrentThread.Name == "supervisor" && !_open.WaitOne(0))
            {
                IsHeld.Set();
                _open.WaitOne();
            }

            return base.GetUtcNow();
        }
    }

    private sealed class ProbedAdapter : IChannelAdapter, IProbeConnection
    {
        private readonly ScriptedAdapter _rest = new();
        private int _probes;

        public required Func<CancellationToken, Task<ProbeResult>?> OnProbe { get; init; }

        public static ProbedAdapter Good() => new() { OnProbe = static _ => Task.FromResult(new ProbeResult(true, true)) };

        public int Probes => Volatile.Read(ref _probes);

        public ConnectContext? Context => _rest.Context;

        public Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _probes);
            return OnProbe(cancellationToken)!;
        }

        public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken) =>
            _rest.ConnectAsync(context, cancellationToken);

        public Task RunAsync(CancellationToken cancellationToken) => _rest.RunAsync(cancellationToken);

        public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken) =>
            _rest.SendAsync(message, cancellationToken);

        public Task DisconnectAsync(CancellationToken cancellationToken) => _rest.DisconnectAsync(cancellationToken);

        public Task DisposeAsync() => _rest.DisposeAsync();
    }
}
