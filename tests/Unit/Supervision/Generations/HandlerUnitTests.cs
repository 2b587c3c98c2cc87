using Moq;
using PluginGateway.Configuration.Options;
using PluginGateway.Guard.Calls;
using PluginGateway.Supervision.Machine;
using PluginGateway.Tests.Guard;

namespace PluginGateway.Tests.Supervision.Generations;

public sealed class HandlerUnitTests
{
    private static readonly HandlerOptions Echo = new() { Plugin = "Echo", ConcurrentTurns = 5 };

    [Fact]
    public void A_handler_is_loaded_attached_and_drained_before_the_next_one_gets_its_turns()
    {
        var turn = new TaskCompletionSource();
        var fixture = new SupervisorFixture(_ => new ScriptedHandler { OnTurn = _ => turn.Task }, Echo);
        fixture.Start();
        fixture.UntilHostCall("attached 1");
        fixture.UntilConnected(1);
        Assert.Equal(("Echo", 5, "Handler"), (fixture.Seen.Loaded!.Manifest.AssemblyName, fixture.Handler!.ConcurrentTurns, fixture.Unit.Kind));
        Assert.False(fixture.Seen.IsAdapter);

        var sink = new BlockingSink();
        fixture.Handler.Post(new TurnCall(Mock.Of<EventTurn>(
            static turn => turn.Event == new InboundMessage("e", new Chat("c", ChatKind.Direct, null), new Sender("s", null, false), "text")), sink));
        GuardFixture.Until(() => fixture.Handler.IsServing, "the turn runs");
        fixture.Unit.Post(SupervisorFixture.Configured(fixture.Unit) with { Drain = TimeSpan.FromMinutes(10) });
        fixture.UntilHostCall("detached 1");
        fixture.UntilHandled();
        Assert.DoesNotContain("drained 1", fixture.HostCalls);
        turn.SetResult();
        fixture.UntilConnected(2);
        Assert.Equal(CallEndKind.Completed, sink.Wait().End.Kind);
        Assert.Equal(["attached 1", "detached 1", "drained 1", "attached 2"], fixture.HostCalls);
    }

    [Fact]
    public void A_handler_that_is_taken_out_leaves_and_is_unloaded()
    {
        var fixture = new SupervisorFixture(static _ => new ScriptedHandler(), Echo);
        fixture.Start();
        fixture.UntilConnected(1);
        fixture.Unit.Post(new ConfigureCommand(null));
        GuardFixture.Until(() => fixture.Supervisor.Snapshot.Units.Count == 0, "it is forgotten");
        Assert.True(fixture.Used.Single().IsUnloaded);
    }
}
