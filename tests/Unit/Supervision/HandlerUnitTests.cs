using Moq;
using PluginGateway.Configuration;
using PluginGateway.Guard;
using PluginGateway.Supervision;
using PluginGateway.Tests.Guard;

namespace PluginGateway.Tests.Supervision;

public sealed class HandlerUnitTests
{
    private static readonly HandlerOptions Echo = new() { Plugin = "Echo", ConcurrentTurns = 5 };

    [Fact]
    public void A_handler_is_loaded_attached_and_drained_before_the_next_one_gets_its_turns()
    {
        var turn = new TaskCompletionSource();
        var rig = new SupervisorRig(_ => new ScriptedHandler { OnTurn = _ => turn.Task }, Echo);
        rig.Start();
        rig.UntilTold("attached 1");
        rig.UntilConnected(1);
        Assert.Equal(("Echo", 5, "Handler"), (rig.Seen.Loaded!.Manifest.AssemblyName, rig.Handler!.ConcurrentTurns, rig.Unit.Kind));
        Assert.False(rig.Seen.IsAdapter);

        var sink = new BlockingSink();
        rig.Handler.Post(new TurnCall(Mock.Of<Turn>(), sink));
        GuardRig.Until(() => rig.Handler.IsServing, "the turn runs");
        rig.Unit.Post(new Replace(rig.Unit.Spec, rig.Unit.Machine, null, Starts: true, TimeSpan.FromMinutes(10)));
        rig.UntilTold("detached 1");
        rig.UntilHandled();
        Assert.DoesNotContain("drained 1", rig.Told);
        turn.SetResult();
        rig.UntilConnected(2);
        Assert.Equal(CallEndKind.Completed, sink.Wait().End.Kind);
        Assert.Equal(["attached 1", "detached 1", "drained 1", "attached 2"], rig.Told);
    }

    [Fact]
    public void A_handler_that_is_taken_out_leaves_and_is_unloaded()
    {
        var rig = new SupervisorRig(static _ => new ScriptedHandler(), Echo);
        rig.Start();
        rig.UntilConnected(1);
        rig.Unit.Post(new Deactivate("removed"));
        rig.Unit.Post(new Leave());
        GuardRig.Until(() => rig.Supervisor.Snapshot.Units.Count == 0, "it is forgotten");
        Assert.True(rig.Used.Single().IsUnloaded);
    }
}
