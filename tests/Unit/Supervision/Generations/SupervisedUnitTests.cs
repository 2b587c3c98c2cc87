using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Tests.Guard;

namespace PluginGateway.Tests.Supervision.Generations;

/// <summary>What the supervisor's loop and a unit do about what happens to it: the real loop, a real guard, an adapter of the test.</summary>
public sealed class SupervisedUnitTests
{
    private static readonly Failure Lost = new("lost", "the link died");

    [Fact]
    public void What_an_adapter_says_of_itself_degrades_it_until_it_takes_it_back_or_is_replaced()
    {
        var fixture = new SupervisorFixture(static _ => new ScriptedAdapter()).Connected();
        fixture.Context!.ReportHealth(new AdapterHealth(false, "slow today\nand more"));
        fixture.UntilSeen(static unit => unit is { IsDegraded: true, Reason: "slow today" }, "it is degraded");
        fixture.Context.ReportHealth(new AdapterHealth(true, "fine"));
        fixture.UntilSeen(static unit => unit is { IsDegraded: false, Reason: "" }, "it is whole again");

        fixture.Context.ReportHealth(new AdapterHealth(false, "slow again"));
        fixture.UntilSeen(static unit => unit.IsDegraded, "it is degraded again");
        fixture.Unit.Post(new GenerationFailed(1, Lost));
        fixture.UntilConnected(2);
        fixture.Unit.Post(new HealthReported(1, static () => new AdapterHealth(false, "of the first")));
        fixture.UntilHandled();
        Assert.Equal((false, ""), (fixture.Seen.IsDegraded, fixture.Seen.Reason));
    }

    [Fact]
    public void A_fault_that_an_adapter_reports_ends_its_generation_and_one_of_an_earlier_generation_is_counted_and_ignored()
    {
        var fixture = new SupervisorFixture(static _ => new ScriptedAdapter()).Connected();
        fixture.Context!.ReportFatal(new PluginFault("lost", "the link died"));
        fixture.UntilConnected(2);
        // The run of that generation may have ended late too, and is counted then.
        for (var i = 0; i < 3; i++) fixture.Unit.Post(new GenerationFailed(1, Lost));
        fixture.UntilSeen(static unit => unit.IgnoredReports >= 3, "the late reports are counted");
        Assert.Equal((UnitPhase.Connected, 2), (fixture.Seen.Phase, fixture.Seen.Generation));
        fixture.Context.ReportFatal(new PluginFault("unauthorized", "bad token", FaultRetry.AfterOperatorAction));
        fixture.UntilSeen(static unit => unit is { Phase: UnitPhase.Parked, Code: "unauthorized", Reason: "bad token" }, "it is parked");
        fixture.Unit.Post(new DisableCommand("off"));
        fixture.UntilSeen(static unit => unit is { Phase: UnitPhase.Disabled, Code: null, Reason: "off" }, "it rests");
        Assert.Equal(["attached 1", "detached 1", "attached 2", "detached 2"], fixture.HostCalls);
    }

    [Fact]
    public void An_adapter_whose_run_ends_is_reconnected()
    {
        var second = new ScriptedAdapter();
        var fixture = new SupervisorFixture(generation => generation == 1 ? new ScriptedAdapter { OnRun = static _ => Task.CompletedTask } : second);
        fixture.Start();
        fixture.UntilConnected(2);
        Assert.Equal("connection-ended", second.Context!.Reason);
    }

    [Fact]
    public void A_fault_of_the_gateways_own_is_contained_to_the_unit_it_happened_to()
    {
        var fixture =
            new SupervisorFixture(static _ => new ScriptedAdapter()) { OnAttached = static () => throw new InvalidTimeZoneException("a mistake") };
        fixture.Start();
        fixture.UntilSaid("a fault of the gateway's own: InvalidTimeZoneException");
        fixture.UntilSaid("StepEnded");
        fixture.OnAttached = static () => { };
        fixture.UntilSeen(static unit => unit is { Phase: UnitPhase.Connected, Generation: > 1, Code: null }, "the next generation is connected");
    }

    [Theory]
    [InlineData("quarantine")]
    [InlineData("exit")]
    public void A_unit_that_is_wedged_again_and_again_is_quarantined_or_ends_the_gateway(string policy)
    {
        var options = new AdapterOptions { Id = "unit", Plugin = "WebChat" };
        var fixture = new SupervisorFixture(
            static _ => new ScriptedAdapter(), options, onWedged: policy == "exit" ? OnWedged.Exit : OnWedged.Quarantine);
        fixture.Start();
        for (var generation = 1; generation <= UnitMachine.MaxWedges; generation++)
        {
            fixture.UntilConnected(generation);
            new UnitObserver(fixture.Unit, generation).OnWedged("half of the slots");
        }

        fixture.UntilSeen(static unit => unit is { Phase: UnitPhase.Quarantined, Code: "wedged", Reason: "half of the slots" }, "it is quarantined");
        Assert.Equal(policy == "exit" ? ["Adapter 'unit' is wedged (half of the slots) and its policy is to exit"] : [], fixture.Exits);
        // Each had a context of its own, and what the last one may have locked is let go.
        Assert.Equal(3, fixture.Used.Distinct().Count());
        GuardFixture.Until(() => fixture.Used.Take(2).All(static plugin => plugin.IsUnloaded), "the earlier contexts are unloaded");
        Assert.False(fixture.Used.Last().IsUnloaded);
    }

    [Fact]
    public void A_reconnect_uses_the_context_that_is_loaded()
    {
        var fixture = new SupervisorFixture(static _ => new ScriptedAdapter(), new AdapterOptions { Id = "unit", Plugin = "WebChat" }).Connected();
        Assert.Equal("WebChat", fixture.Seen.Loaded!.Manifest.AssemblyName);
        fixture.Unit.Post(new GenerationFailed(1, Lost));
        fixture.UntilConnected(2);
        Assert.Same(fixture.Used.First(), fixture.Used.Last());
        Assert.False(fixture.Used.Last().IsUnloaded);
    }

    [Fact]
    public void A_plugin_that_is_not_there_parks_the_unit_with_the_remedy()
    {
        var fixture = new SupervisorFixture(static _ => new ScriptedAdapter(), new AdapterOptions { Id = "unit", Plugin = "Nowhere" });
        fixture.Start();
        fixture.UntilSeen(static unit => unit is { Phase: UnitPhase.Parked, Code: "plugin-not-found", Loaded: null }, "it is parked");
        Assert.StartsWith("Plugin 'Nowhere' was not found", fixture.Seen.Reason, StringComparison.Ordinal);
        Assert.True(fixture.Supervisor.Snapshot.IsHopeless);
    }

    [Fact]
    public void Settings_that_the_adapter_refuses_park_it_before_it_connects()
    {
        var connects = 0;
        var fixture = new SupervisorFixture(_ => new CheckedAdapter(() => connects++), capabilities: AdapterCapabilities.ValidateSettings);
        fixture.Start();
        fixture.UntilSeen(
            static unit => unit is { Phase: UnitPhase.Parked, Code: PluginFault.InvalidSettingsCode, Reason: "settings: token: is missing" },
            "it is parked");
        Assert.Equal(0, connects);
    }

    [Fact]
    public void A_credential_is_claimed_before_the_instance_is_made_and_given_back_when_it_rests()
    {
        var refusals = 1;
        var adapter = new ScriptedAdapter();
        var fixture = new SupervisorFixture(_ => adapter, traits: new AdapterTraits { CredentialSettings = ["token"] });
        fixture.OnClaim = () => refusals-- > 0 ? new Failure("credential-in-use", "in use by another") : null;
        var given = new ManualResetEvent(false);
        fixture.Holding = new Giving(given);
        fixture.Start();
        fixture.UntilConnected(2);
        Assert.Equal("credential-in-use", adapter.Context!.Reason);
        Assert.Equal(["claim token", "claim token", "attached 2"],
            fixture.HostCalls.Where(static told => !told.StartsWith("detached", StringComparison.Ordinal)));
        Assert.Single(fixture.Used);
        Assert.False(given.WaitOne(0));
        fixture.Unit.Post(new DisableCommand("off"));
        Assert.True(given.WaitOne(GuardFixture.Patience));
    }

    [Fact]
    public void Work_of_the_gateways_own_that_hangs_is_abandoned_and_listed()
    {
        using var release = new ManualResetEvent(false);
        var options = new AdapterOptions { Id = "unit", Plugin = "Test", Timeouts = new CallTimeouts { Load = TimeSpan.FromSeconds(0.1) } };
        var fixture = new SupervisorFixture(static _ => new ScriptedAdapter(), options, traits: new AdapterTraits { CredentialSettings = ["token"] });
        fixture.OnClaim = () => { release.WaitOne(); return null; };
        fixture.Start();
        fixture.UntilSeen(static unit => unit.Abandoned.Any(static call => call.Operation == Operation.Claim), "it is listed");
        Assert.True(fixture.Unit.Zombies > 0);
        Assert.DoesNotContain("attached 1", fixture.HostCalls);
        release.Set();
        fixture.UntilSeen(static unit => unit.LateResults > 0, "it comes back late");
    }

    [Fact]
    public void An_adapter_that_is_down_for_long_needs_attention_and_one_that_is_connected_does_not()
    {
        var up = false;
        var fixture = new SupervisorFixture(_ => new ScriptedAdapter
        {
            OnConnect = _ => Volatile.Read(ref up) ? Task.CompletedTask : throw new PluginException(new PluginFault("unreachable", "no route"))
        });
        fixture.Start();
        fixture.UntilSeen(static unit => unit is { NeedsAttention: true, Code: "unreachable" }, "it needs attention");
        Volatile.Write(ref up, true);
        fixture.UntilSeen(static unit => unit is { Phase: UnitPhase.Connected, NeedsAttention: false, Code: null }, "it is connected");
    }

    /// <summary>Checks its settings and finds fault with them.</summary>
    private sealed class CheckedAdapter(Action onConnect) : IChannelAdapter, IValidateSettings
    {
        public Task<SettingsReport> ValidateSettingsAsync(CancellationToken cancellationToken) =>
            Task.FromResult(new SettingsReport([new SettingsProblem("token", "is missing")]));

        public Task<ConnectionInfo> ConnectAsync(ConnectContext context, CancellationToken cancellationToken)
        {
            onConnect();
            return Task.FromResult(ConnectionInfo.Empty);
        }

        public Task RunAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellationToken) => Task.FromResult(SendResult.Sent("k"));

        public Task DisconnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task DisposeAsync() => Task.CompletedTask;
    }

    private sealed class Giving(ManualResetEvent given) : IDisposable
    {
        public void Dispose() => given.Set();
    }
}
