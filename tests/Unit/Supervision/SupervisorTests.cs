using PluginGateway.Configuration;
using PluginGateway.Guard;
using PluginGateway.Supervision;
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

    /// <summary>Units that have not been activated yet look like ones that never will be: a start whose loop was late once ended with exit code 78 for that.</summary>
    [Fact]
    public void Nothing_is_published_before_a_late_loop_has_seen_that_its_units_are_switched_on()
    {
        var clock = new HeldClock();
        var rig = new SupervisorRig(static _ => new ScriptedAdapter(), clock: clock);
        clock.Hold();
        rig.Start();
        Assert.True(clock.IsHeld.WaitOne(GuardRig.Patience), "The loop has not begun.");
        Assert.Empty(rig.Supervisor.Snapshot.Units);
        clock.Release();
        GuardRig.Until(() =>
        {
            var snapshot = rig.Supervisor.Snapshot;
            Assert.False(snapshot.Units.Count > 0 && snapshot.IsHopeless, "A unit that is switched on was published as one that never runs.");
            return snapshot.Units is [{ Phase: UnitPhase.Connected }];
        }, "the unit is connected");
    }

    [Fact]
    public void An_adapter_whose_probes_come_back_stays_and_shows_its_proofs_of_life()
    {
        var adapter = new ProbedAdapter { OnProbe = static _ => Task.FromResult(new ProbeResult(true, true)) };
        var rig = new SupervisorRig(_ => adapter, Probed);
        rig.Start();
        GuardRig.Until(() => adapter.Probes >= 5, "it has been probed five times");
        Assert.Equal((UnitPhase.Connected, 1), (rig.Seen.Phase, rig.Seen.Generation));
        GuardRig.Until(() => rig.Seen.Proofs is { IngressUtc: not null, EgressUtc: not null }, "the proofs are published");
    }

    [Fact]
    public void An_adapter_that_hears_something_is_not_probed_and_shows_when_it_did()
    {
        var adapter = new ProbedAdapter { OnProbe = static _ => Task.FromResult(new ProbeResult(true, true)) };
        var rig = new SupervisorRig(_ => adapter, Probed with { Probe = new ProbeOptions { IdleAfter = TimeSpan.FromMinutes(10) } });
        rig.Start();
        GuardRig.Until(() => rig.Supervisor.Snapshot.Units is [{ Phase: UnitPhase.Connected }], "the unit is connected");
        Assert.Null(rig.Seen.Proofs!.IngressUtc);
        var message = new InboundMessage("e", new Chat("c", ChatKind.Direct), new Sender("s"), "t");
        rig.Context!.Inbox.AcceptAsync(message, CancellationToken.None);
        rig.Inbox.Verify(inbox => inbox.AcceptAsync(message, CancellationToken.None));
        GuardRig.Until(() => rig.Seen.Proofs?.IngressUtc is not null, "the arrival is published");
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
        var rig = new SupervisorRig(generation => generation == 1 ? first : new ScriptedAdapter(), Probed);
        rig.Start();
        GuardRig.Until(() => rig.Said.Any(static line => line.Contains("3 probes in a row failed", StringComparison.Ordinal)), $"the adapter whose probe {how} is given up");
        Assert.Equal(ProbeRounds.MaxFailures, first.Probes);
        // What hangs asks for a fresh context, and there is no DLL here to load it from.
        if (how is not ("never completes" or "blocks")) GuardRig.Until(() => rig.Supervisor.Snapshot.Units is [{ Phase: UnitPhase.Connected, Generation: 2 }], "it is replaced");
    }

    [Fact]
    public void A_failed_probe_degrades_it()
    {
        var adapter = new ProbedAdapter { OnProbe = static _ => Task.FromResult(new ProbeResult(false, true)) };
        var rig = new SupervisorRig(_ => adapter, Probed with { Probe = new ProbeOptions { IdleAfter = TimeSpan.FromSeconds(1) } });
        rig.Start();
        GuardRig.Until(() => rig.Supervisor.Snapshot.Units is [{ IsDegraded: true, StateName: "Degraded" }], "it is degraded");
        Assert.Contains("probe failed", rig.Seen.Reason, StringComparison.Ordinal);
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

    private sealed class ProbedAdapter : IChannelAdapter, IProbe
    {
        private readonly ScriptedAdapter _rest = new();
        private int _probes;

        public required Func<CancellationToken, Task<ProbeResult>?> OnProbe { get; init; }

        public int Probes => Volatile.Read(ref _probes);

        public Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _probes);
            return OnProbe(cancellationToken)!;
        }

        public Task ConnectAsync(ConnectContext context, CancellationToken cancellationToken) => _rest.ConnectAsync(context, cancellationToken);

        public Task RunAsync(CancellationToken cancellationToken) => _rest.RunAsync(cancellationToken);

        public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken) => _rest.SendAsync(message, cancellationToken);

        public Task DisconnectAsync(CancellationToken cancellationToken) => _rest.DisconnectAsync(cancellationToken);

        public Task DisposeAsync() => _rest.DisposeAsync();
    }
}
