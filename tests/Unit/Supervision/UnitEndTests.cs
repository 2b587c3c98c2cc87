using PluginGateway.Configuration.Options;
using PluginGateway.Guard;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Supervision.Generations;
using PluginGateway.Supervision.Machine;
using PluginGateway.Tests.Guard;

namespace PluginGateway.Tests.Supervision;

/// <summary>How a generation ends that has done nothing wrong: switched off, stopped, replaced by a reload, taken out of the configuration. The real
/// loop, a real guard.</summary>
public sealed class UnitEndTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);
    private static readonly DisabledReason Off = new(UnitPhase.Disabled, "off");

    [Fact]
    public void A_stop_tears_down_and_says_when_everything_has_stopped()
    {
        List<string> done = [];
        var adapter = new ScriptedAdapter
        {
            OnDisconnect = _ => { done.Add("disconnect"); return Task.CompletedTask; },
            OnDispose = () => { done.Add("dispose"); return Task.CompletedTask; }
        };
        var fixture = new SupervisorFixture(_ => adapter).Connected();
        Assert.False(fixture.Supervisor.WaitStopped(TimeSpan.Zero));
        fixture.Supervisor.BeginStop(TimeSpan.FromSeconds(5));
        Assert.True(fixture.Supervisor.WaitStopped(GuardFixture.Patience));
        Assert.Equal((UnitPhase.Stopped, 0, "stopping"), (fixture.Seen.Phase, fixture.Seen.TearingDown, fixture.Seen.Reason));
        Assert.Equal(["disconnect", "dispose"], done);
        Assert.Equal(["attached 1", "detached 1"], fixture.HostCalls);
        Assert.Empty(fixture.Seen.LastTeardown!.Overran);
        Assert.Null(fixture.Seen.Code);
        // What the operator or a reload says now comes too late.
        fixture.Unit.Post(new EnableCommand());
        fixture.Unit.Post(Replacement(fixture));
        fixture.UntilHandled();
        Assert.Equal(UnitPhase.Stopped, fixture.Seen.Phase);
    }

    [Theory]
    [InlineData(0, 7, 7)]
    [InlineData(-1, 7, 7)]
    [InlineData(9, 7, 7)]
    [InlineData(5, 7, 5)]
    public void A_stop_shortens_the_bound_of_a_teardown_and_never_lengthens_it(double own, double stop, double bound)
    {
        var fixture = new SupervisorFixture(static _ => new ScriptedAdapter(),
            new AdapterOptions { Id = "unit", Plugin = "Test", Timeouts = new CallTimeouts { Disconnect = TimeSpan.FromSeconds(own) } }).Connected();
        fixture.Supervisor.BeginStop(TimeSpan.FromSeconds(stop));
        Assert.True(fixture.Supervisor.WaitStopped(GuardFixture.Patience));
        Assert.Equal(TimeSpan.FromSeconds(bound), fixture.Seen.LastTeardown!.Bound);
    }

    [Fact]
    public void A_teardown_that_overran_names_what_was_abandoned()
    {
        var hangs = new ScriptedAdapter { OnDisconnect = static _ => new TaskCompletionSource().Task };
        var fixture = new SupervisorFixture(_ => hangs,
            new AdapterOptions { Id = "unit", Plugin = "Test", Timeouts = new CallTimeouts { Disconnect = TimeSpan.FromSeconds(0.1) } }).Connected();
        fixture.Supervisor.BeginStop(TimeSpan.FromSeconds(5));
        Assert.True(fixture.Supervisor.WaitStopped(GuardFixture.Patience));
        Assert.Equal("disconnect", fixture.Seen.LastTeardown!.Overran[0]);
        Assert.True(fixture.Seen.LastTeardown.Used >= TimeSpan.FromSeconds(0.05));
        Assert.Contains(fixture.Seen.Abandoned, static call => call.Operation == Operation.Disconnect);
    }

    [Fact]
    public void What_is_switched_off_ends_its_calls_first_as_long_as_they_may_take()
    {
        var (fixture, send, sink) = Sending();
        fixture.Unit.Post(SupervisorFixture.Configured(fixture.Unit, Off) with { Drain = Long });
        fixture.UntilHostCall("detached 1");
        fixture.UntilHandled();
        Assert.Equal((UnitPhase.Disabled, 1, true), (fixture.Seen.Phase, fixture.Seen.TearingDown, fixture.Unit.IsDraining));
        Assert.True(sink.IsEmpty);
        send.SetResult(SendResult.Sent("sent"));
        Assert.Equal(SendOutcome.Sent, ((SendCall)sink.Wait()).Result.Outcome);
        fixture.UntilSeen(static unit => unit.TearingDown == 0, "it has been torn down");
        Assert.False(fixture.Unit.IsDraining);
        Assert.Equal(CallEndKind.Refused, Post(fixture.Adapter!, new BlockingSink()).Wait().End.Kind);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(null)]
    public void Calls_that_take_longer_than_they_may_are_cancelled_by_the_teardown(double? drain)
    {
        var (fixture, send, _) = Sending();
        var bound = drain is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        fixture.Unit.Post(SupervisorFixture.Configured(fixture.Unit, Off) with { Drain = bound });
        fixture.UntilSeen(static unit => unit is { Phase: UnitPhase.Disabled, TearingDown: 0 }, "it has been torn down");
        Assert.False(send.Task.IsCompleted);
        Assert.Equal(1, fixture.Unit.Zombies + (fixture.Adapter!.IsServing ? 1 : 0));
    }

    [Fact]
    public void A_drain_without_a_bound_lasts_until_a_stop_hurries_it()
    {
        var (fixture, send, _) = Sending();
        fixture.Unit.Post(SupervisorFixture.Configured(fixture.Unit, Off) with { Drain = TimeSpan.Zero });
        fixture.UntilHostCall("detached 1");
        fixture.UntilHandled();
        Assert.Equal((UnitPhase.Disabled, 1), (fixture.Seen.Phase, fixture.Seen.TearingDown));
        fixture.Supervisor.BeginStop(TimeSpan.FromSeconds(5));
        Assert.True(fixture.Supervisor.WaitStopped(GuardFixture.Patience));
        Assert.False(send.Task.IsCompleted);
    }

    [Fact]
    public void A_reload_makes_the_next_generation_from_the_candidate_when_nothing_of_the_last_is_left()
    {
        var (fixture, send, _) = Sending();
        var candidate = SupervisorFixture.Loaded("Candidate");
        var wanted = new UnitConfiguration(fixture.Unit.Spec with { ConcurrentTurns = 3 }, fixture.Unit.Machine);
        fixture.Unit.Post(Replacement(fixture) with { Candidate = candidate, Wanted = wanted });
        fixture.UntilHostCall("detached 1");
        fixture.UntilHandled();
        Assert.Equal((UnitPhase.Waiting, 1, "being replaced by a reload"), (fixture.Seen.Phase, fixture.Seen.TearingDown, fixture.Seen.Reason));
        send.SetResult(SendResult.Sent("sent"));
        fixture.UntilConnected(2);
        Assert.Same(candidate, fixture.Used.Last());
        Assert.Equal(("Candidate", 3), (fixture.Seen.Loaded!.Manifest.AssemblyName, fixture.Unit.Spec.ConcurrentTurns));
    }

    [Fact]
    public void What_a_reload_changes_without_another_generation_is_used_from_now_on()
    {
        var fixture = new SupervisorFixture(static _ => new ScriptedAdapter()).Connected();
        var spec = fixture.Unit.Spec with { Timeouts = new CallTimeouts { Disconnect = TimeSpan.FromSeconds(3) } };
        var machine = Machine();
        fixture.Unit.Post(new ConfigureCommand(new(spec, machine)));
        fixture.UntilHandled();
        Assert.Equal((UnitPhase.Connected, 1), (fixture.Seen.Phase, fixture.Seen.Generation));
        Assert.Same(spec, fixture.Unit.Spec);
        Assert.Same(machine, fixture.Unit.Machine);
        fixture.Supervisor.BeginStop(TimeSpan.FromSeconds(5));
        Assert.True(fixture.Supervisor.WaitStopped(GuardFixture.Patience));
        Assert.Equal(TimeSpan.FromSeconds(3), fixture.Seen.LastTeardown!.Bound);
        fixture.Unit.Post(new ConfigureCommand(new(spec with { ConcurrentTurns = 9 }, machine)));
        fixture.UntilHandled();
        Assert.Same(spec, fixture.Unit.Spec);
    }

    [Fact]
    public void What_is_taken_out_of_the_configuration_is_listed_until_nothing_of_it_is_left()
    {
        var (fixture, send, _) = Sending(new AdapterOptions { Id = "unit", Plugin = "WebChat" });
        fixture.Unit.Post(new ConfigureCommand(null) { Drain = Long });
        fixture.UntilHostCall("left");
        fixture.UntilHandled();
        Assert.Equal(1, fixture.Seen.TearingDown);
        Assert.Null(fixture.Seen.Loaded);
        Assert.False(fixture.Used.Last().IsUnloaded);
        send.SetResult(SendResult.Sent("sent"));
        UntilCollected(() => fixture.Supervisor.Snapshot.Units.Count == 0);
        Assert.True(fixture.Used.Last().IsUnloaded);
        // It may come back.
        fixture.Unit.Post(SupervisorFixture.Configured(fixture.Unit));
        fixture.UntilConnected(2);
        Assert.NotSame(fixture.Used.First(), fixture.Used.Last());
    }

    /// <summary>Other tests of this process can hold, for as long as they run, every context there was when they looked; the sweeps of the gateway
    /// are over by then.</summary>
    private static void UntilCollected(Func<bool> condition)
    {
        for (var tries = 0; !condition(); tries++)
        {
            Assert.True(tries < 180, "Waited in vain until it is forgotten.");
            Thread.Sleep(1000);
            if (tries > 10) GC.Collect();
        }
    }

    [Fact]
    public void A_unit_can_come_while_the_others_run_and_one_that_comes_during_a_stop_has_stopped()
    {
        var fixture = new SupervisorFixture(static _ => new ScriptedAdapter()).Connected();
        var second = fixture.Of(fixture.Unit.Spec with { Plugin = "WebChat" }, "second");
        for (var i = 0; i < 2; i++) second.Post(SupervisorFixture.Configured(second, Off));
        GuardFixture.Until(() => fixture.Supervisor.Snapshot.Units is [_, { Id: "second", Phase: UnitPhase.Disabled }], "it is listed");
        fixture.Supervisor.Post(second, new EnableCommand());
        GuardFixture.Until(() => fixture.Supervisor.Snapshot.Units is [_, { Phase: UnitPhase.Connected }], "it is connected");

        fixture.Supervisor.BeginStop(TimeSpan.FromSeconds(5));
        Assert.True(fixture.Supervisor.WaitStopped(GuardFixture.Patience));
        Assert.All(fixture.Supervisor.Snapshot.Units, static unit => Assert.Equal(UnitPhase.Stopped, unit.Phase));
        var third = fixture.Of(fixture.Unit.Spec, "third");
        third.Post(SupervisorFixture.Configured(third));
        GuardFixture.Until(() => fixture.Supervisor.Snapshot.Units is [_, _, { Id: "third", Phase: UnitPhase.Stopped }], "it has stopped");
    }

    [Fact]
    public void What_a_reload_loaded_in_vain_is_unloaded()
    {
        var fixture = new SupervisorFixture(static _ => new ScriptedAdapter()).Connected();
        var (first, second) = (Load(fixture), Load(fixture));
        Assert.NotSame(first, second);
        fixture.Unit.Post(new DiscardCommand(first));
        fixture.Unit.Post(new PluginArrived(fixture.Unit.Spec with { Plugin = "Another" }, second));
        GuardFixture.Until(() => first.IsUnloaded && second.IsUnloaded, "both are unloaded");
        var third = Load(fixture);
        fixture.Supervisor.BeginStop(TimeSpan.FromSeconds(5));
        Assert.True(fixture.Supervisor.WaitStopped(GuardFixture.Patience));
        fixture.Unit.Post(Replacement(fixture) with { Candidate = third });
        GuardFixture.Until(() => third.IsUnloaded, "a reload that comes too late keeps nothing");

        static LoadedPlugin Load(SupervisorFixture fixture)
        {
            LoadedPlugin? loaded = null;
            fixture.Unit.BeginCandidate(
                fixture.Unit.Spec with { Plugin = "WebChat" }, static () => { }, (plugin, _) => Volatile.Write(ref loaded, plugin));
            GuardFixture.Until(() => Volatile.Read(ref loaded) is not null, "a candidate is loaded");
            return loaded!;
        }
    }

    private static UnitMachine Machine() =>
        new(new UnitOptions(new ReconnectOptions(), OnWedged.Quarantine), new BackoffPolicy(new ReconnectOptions(), new Random(1)), static () => 99);

    private static ConfigureCommand Replacement(SupervisorFixture fixture) => SupervisorFixture.Configured(fixture.Unit) with { Drain = Long };

    /// <summary>A unit with a send under way.</summary>
    private static (SupervisorFixture Rig, TaskCompletionSource<SendResult> Send, BlockingSink Sink) Sending(AdapterOptions? options = null)
    {
        var send = new TaskCompletionSource<SendResult>();
        using var entered = new ManualResetEvent(false);
        var first = new ScriptedAdapter { OnSend = (_, _) => { entered.Set(); return send.Task; } };
        var fixture = new SupervisorFixture(generation => generation == 1 ? first : new ScriptedAdapter(), options).Connected();
        GuardFixture.Until(() => fixture.Adapter is not null, "it is attached");
        var sink = Post(fixture.Adapter!, new BlockingSink());
        Assert.True(entered.WaitOne(GuardFixture.Patience));
        return (fixture, send, sink);
    }

    private static BlockingSink Post(GuardedAdapter adapter, BlockingSink sink)
    {
        adapter.Post(new SendCall(GuardFixture.Message(), sink));
        return sink;
    }
}
