using PluginGateway.Configuration;
using PluginGateway.Guard;
using PluginGateway.Loading;
using PluginGateway.Supervision;
using PluginGateway.Tests.Guard;

namespace PluginGateway.Tests.Supervision;

/// <summary>How a generation ends that has done nothing wrong: switched off, stopped, replaced by a reload, taken out of the configuration. The real loop, a real guard.</summary>
public sealed class UnitEndTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    [Fact]
    public void A_stop_tears_down_and_says_when_everything_has_stopped()
    {
        List<string> done = [];
        var adapter = new ScriptedAdapter { OnDisconnect = _ => { done.Add("disconnect"); return Task.CompletedTask; }, OnDispose = () => { done.Add("dispose"); return Task.CompletedTask; } };
        var rig = new SupervisorRig(_ => adapter).Connected();
        Assert.False(rig.Supervisor.WaitStopped(TimeSpan.Zero));
        rig.Supervisor.BeginStop(TimeSpan.FromSeconds(5));
        Assert.True(rig.Supervisor.WaitStopped(GuardRig.Patience));
        Assert.Equal((UnitPhase.Stopped, 0, "stopping"), (rig.Seen.Phase, rig.Seen.TearingDown, rig.Seen.Reason));
        Assert.Equal(["disconnect", "dispose"], done);
        Assert.Equal(["attached 1", "detached 1"], rig.Told);
        Assert.Empty(rig.Seen.LastTeardown!.Overran);
        Assert.Null(rig.Seen.Code);
        rig.UntilSaid("stopped");
        // What the operator or a reload says now comes too late.
        rig.Unit.Post(new Activate());
        rig.Unit.Post(Replacement(rig));
        rig.UntilHandled();
        Assert.Equal(UnitPhase.Stopped, rig.Seen.Phase);
    }

    [Theory]
    [InlineData(0, 7, 7)]
    [InlineData(-1, 7, 7)]
    [InlineData(9, 7, 7)]
    [InlineData(5, 7, 5)]
    public void A_stop_shortens_the_bound_of_a_teardown_and_never_lengthens_it(double own, double stop, double bound)
    {
        var rig = new SupervisorRig(static _ => new ScriptedAdapter(), new AdapterOptions { Id = "unit", Plugin = "Test", Timeouts = new CallTimeouts { Disconnect = TimeSpan.FromSeconds(own) } }).Connected();
        rig.Supervisor.BeginStop(TimeSpan.FromSeconds(stop));
        Assert.True(rig.Supervisor.WaitStopped(GuardRig.Patience));
        Assert.Equal(TimeSpan.FromSeconds(bound), rig.Seen.LastTeardown!.Bound);
    }

    [Fact]
    public void A_teardown_that_overran_names_what_was_abandoned()
    {
        var hangs = new ScriptedAdapter { OnDisconnect = static _ => new TaskCompletionSource().Task };
        var rig = new SupervisorRig(_ => hangs, new AdapterOptions { Id = "unit", Plugin = "Test", Timeouts = new CallTimeouts { Disconnect = TimeSpan.FromSeconds(0.1) } }).Connected();
        rig.Supervisor.BeginStop(TimeSpan.FromSeconds(5));
        Assert.True(rig.Supervisor.WaitStopped(GuardRig.Patience));
        Assert.Equal("disconnect", rig.Seen.LastTeardown!.Overran[0]);
        Assert.True(rig.Seen.LastTeardown.Used >= TimeSpan.FromSeconds(0.05));
        Assert.Contains(rig.Seen.Abandoned, static call => call.Operation == Operation.Disconnect);
        rig.UntilSaid("disconnect did not finish within");
    }

    [Fact]
    public void What_is_switched_off_ends_its_calls_first_as_long_as_they_may_take()
    {
        var (rig, send, sink) = Sending();
        rig.Unit.Post(new Deactivate("off", Long));
        rig.UntilTold("detached 1");
        rig.UntilHandled();
        Assert.Equal((UnitPhase.Disabled, 1, true), (rig.Seen.Phase, rig.Seen.TearingDown, rig.Unit.IsDraining));
        Assert.True(sink.IsEmpty);
        send.SetResult(SendResult.Sent("sent"));
        Assert.Equal(SendOutcome.Sent, ((SendCall)sink.Wait()).Result.Outcome);
        rig.UntilSeen(static unit => unit.TearingDown == 0, "it has been torn down");
        Assert.False(rig.Unit.IsDraining);
        Assert.Equal(CallEndKind.Refused, Post(rig.Adapter!, new BlockingSink()).Wait().End.Kind);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(null)]
    public void Calls_that_take_longer_than_they_may_are_cancelled_by_the_teardown(double? drain)
    {
        var (rig, send, _) = Sending();
        rig.Unit.Post(new Deactivate("off", drain is { } seconds ? TimeSpan.FromSeconds(seconds) : null));
        rig.UntilSeen(static unit => unit is { Phase: UnitPhase.Disabled, TearingDown: 0 }, "it has been torn down");
        Assert.False(send.Task.IsCompleted);
        Assert.Equal(1, rig.Unit.Zombies + (rig.Adapter!.IsServing ? 1 : 0));
    }

    [Fact]
    public void A_drain_without_a_bound_lasts_until_a_stop_hurries_it()
    {
        var (rig, send, _) = Sending();
        rig.Unit.Post(new Deactivate("off", TimeSpan.Zero));
        rig.UntilTold("detached 1");
        rig.UntilHandled();
        Assert.Equal((UnitPhase.Disabled, 1), (rig.Seen.Phase, rig.Seen.TearingDown));
        rig.Supervisor.BeginStop(TimeSpan.FromSeconds(5));
        Assert.True(rig.Supervisor.WaitStopped(GuardRig.Patience));
        Assert.False(send.Task.IsCompleted);
    }

    [Fact]
    public void A_reload_makes_the_next_generation_from_the_candidate_when_nothing_of_the_last_is_left()
    {
        var (rig, send, _) = Sending();
        var candidate = SupervisorRig.Loaded("Candidate");
        rig.Unit.Post(Replacement(rig) with { Candidate = candidate, Spec = rig.Unit.Spec with { ConcurrentTurns = 3 } });
        rig.UntilTold("detached 1");
        rig.UntilHandled();
        Assert.Equal((UnitPhase.Waiting, 1), (rig.Seen.Phase, rig.Seen.TearingDown));
        send.SetResult(SendResult.Sent("sent"));
        rig.UntilConnected(2);
        Assert.Same(candidate, rig.Used.Last());
        Assert.Equal(("Candidate", 3), (rig.Seen.Loaded!.Manifest.AssemblyName, rig.Unit.Spec.ConcurrentTurns));
        rig.UntilSaid("gives way to what a reload has loaded");
    }

    [Fact]
    public void What_a_reload_changes_without_another_generation_is_used_from_now_on()
    {
        var rig = new SupervisorRig(static _ => new ScriptedAdapter()).Connected();
        var spec = rig.Unit.Spec with { Timeouts = new CallTimeouts { Disconnect = TimeSpan.FromSeconds(3) } };
        var machine = Machine();
        rig.Unit.Post(new Adopt(spec, machine));
        rig.UntilHandled();
        Assert.Equal((UnitPhase.Connected, 1), (rig.Seen.Phase, rig.Seen.Generation));
        Assert.Same(spec, rig.Unit.Spec);
        Assert.Same(machine, rig.Unit.Machine);
        rig.Supervisor.BeginStop(TimeSpan.FromSeconds(5));
        Assert.True(rig.Supervisor.WaitStopped(GuardRig.Patience));
        Assert.Equal(TimeSpan.FromSeconds(3), rig.Seen.LastTeardown!.Bound);
        rig.Unit.Post(new Adopt(spec with { ConcurrentTurns = 9 }, machine));
        rig.UntilHandled();
        Assert.Same(spec, rig.Unit.Spec);
    }

    [Fact]
    public void What_is_taken_out_of_the_configuration_is_listed_until_nothing_of_it_is_left()
    {
        var (rig, send, _) = Sending(new AdapterOptions { Id = "unit", Plugin = "WebChat" });
        rig.Unit.Post(new Deactivate("removed", Long));
        rig.Unit.Post(new Leave());
        rig.UntilTold("left");
        rig.UntilHandled();
        Assert.Equal(1, rig.Seen.TearingDown);
        Assert.Null(rig.Seen.Loaded);
        Assert.False(rig.Used.Last().IsUnloaded);
        send.SetResult(SendResult.Sent("sent"));
        UntilCollected(() => rig.Supervisor.Snapshot.Units.Count == 0);
        Assert.True(rig.Used.Last().IsUnloaded);
        // It may come back.
        rig.Unit.Post(new Join());
        rig.Unit.Post(new Activate());
        rig.UntilConnected(2);
        Assert.NotSame(rig.Used.First(), rig.Used.Last());
    }

    /// <summary>Other tests of this process can hold, for as long as they run, every context there was when they looked; the sweeps of the gateway are over by then.</summary>
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
        var rig = new SupervisorRig(static _ => new ScriptedAdapter()).Connected();
        var second = rig.Of(rig.Unit.Spec with { Plugin = "WebChat" }, "second");
        rig.Supervisor.Post(second, new Join());
        rig.Supervisor.Post(second, new Join());
        GuardRig.Until(() => rig.Supervisor.Snapshot.Units is [_, { Id: "second", Phase: UnitPhase.Disabled }], "it is listed");
        rig.Supervisor.Post(second, new Activate());
        GuardRig.Until(() => rig.Supervisor.Snapshot.Units is [_, { Phase: UnitPhase.Connected }], "it is connected");

        rig.Supervisor.BeginStop(TimeSpan.FromSeconds(5));
        Assert.True(rig.Supervisor.WaitStopped(GuardRig.Patience));
        Assert.All(rig.Supervisor.Snapshot.Units, static unit => Assert.Equal(UnitPhase.Stopped, unit.Phase));
        rig.Supervisor.Post(rig.Of(rig.Unit.Spec, "third"), new Join());
        GuardRig.Until(() => rig.Supervisor.Snapshot.Units is [_, _, { Id: "third", Phase: UnitPhase.Stopped }], "it has stopped");
    }

    [Fact]
    public void What_a_reload_loaded_in_vain_is_unloaded()
    {
        var rig = new SupervisorRig(static _ => new ScriptedAdapter()).Connected();
        var (first, second) = (Load(rig), Load(rig));
        Assert.NotSame(first, second);
        rig.Unit.Post(new Discard(first));
        rig.Unit.Post(new PluginArrived(rig.Unit.Spec with { Plugin = "Another" }, second));
        GuardRig.Until(() => first.IsUnloaded && second.IsUnloaded, "both are unloaded");
        var third = Load(rig);
        rig.Supervisor.BeginStop(TimeSpan.FromSeconds(5));
        Assert.True(rig.Supervisor.WaitStopped(GuardRig.Patience));
        rig.Unit.Post(Replacement(rig) with { Candidate = third });
        GuardRig.Until(() => third.IsUnloaded, "a reload that comes too late keeps nothing");

        static LoadedPlugin Load(SupervisorRig rig)
        {
            LoadedPlugin? loaded = null;
            rig.Unit.BeginCandidate(rig.Unit.Spec with { Plugin = "WebChat" }, static () => { }, (plugin, _) => Volatile.Write(ref loaded, plugin));
            GuardRig.Until(() => Volatile.Read(ref loaded) is not null, "a candidate is loaded");
            return loaded!;
        }
    }

    private static UnitMachine Machine() => new(new UnitTerms(new ReconnectOptions(), OnWedged.Quarantine), new BackoffPolicy(new ReconnectOptions(), new Random(1)), static () => 99);

    private static Replace Replacement(SupervisorRig rig) => new(rig.Unit.Spec, rig.Unit.Machine, null, Starts: true, Long);

    /// <summary>A unit with a send under way.</summary>
    private static (SupervisorRig Rig, TaskCompletionSource<SendResult> Send, BlockingSink Sink) Sending(AdapterOptions? options = null)
    {
        var send = new TaskCompletionSource<SendResult>();
        using var entered = new ManualResetEvent(false);
        var first = new ScriptedAdapter { OnSend = (_, _) => { entered.Set(); return send.Task; } };
        var rig = new SupervisorRig(generation => generation == 1 ? first : new ScriptedAdapter(), options).Connected();
        GuardRig.Until(() => rig.Adapter is not null, "it is attached");
        var sink = Post(rig.Adapter!, new BlockingSink());
        Assert.True(entered.WaitOne(GuardRig.Patience));
        return (rig, send, sink);
    }

    private static BlockingSink Post(GuardedAdapter adapter, BlockingSink sink)
    {
        adapter.Post(new SendCall(GuardRig.Message(), sink));
        return sink;
    }
}
