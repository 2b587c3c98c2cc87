using PluginGateway.Dispatch;
using PluginGateway.Lifetime;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Lifetime;

/// <summary>The way down, in the composed gateway: each phase once, in its order, within its bound, and the code that says what came of it.</summary>
public sealed class StopSequenceTests
{
    private const string Configuration = """
        { "gateway": { "pluginPaths": ["PLUGINS"], "timeouts": { "drainSeconds": 1, "disconnectSeconds": 1, "storeCloseSeconds": 1 } }, "adapters": [ { "id": "a", "plugin": "Plain" } ] }
        """;

    private static readonly StopRequest Planned = new("stop", ExitCodes.Planned);

    [Fact]
    public async Task Stop_goes_through_its_phases_in_order_closes_the_store_and_ends_with_0()
    {
        using var rig = Rig();
        rig.Stops.Ask(Planned.Reason, Planned.ExitCode);
        Assert.Equal(ExitCodes.Planned, rig.The<StopSequence>().Run(Planned));

        var report = ShutdownReport.Read(rig.Yard.Data)!;
        Assert.Equal([StopPhase.Drain, StopPhase.Teardown, StopPhase.StoreClose], report.Phases.Select(static phase => phase.Phase));
        Assert.All(report.Phases, static phase => Assert.True(phase.Finished));
        Assert.Equal(("stop", 0), (report.Reason, report.ExitCode));
        Assert.Equal(("a", "closed"), report.Adapters.Where(static adapter => adapter.Id == "a").Select(static adapter => (adapter.Id, adapter.Outcome)).Single());
        Assert.Equal(GatewayState.Stopping, rig.The<StatusSource>().Judge().State);
        // From its first moment on nothing is taken that the platform would not keep.
        Assert.Equal(Acceptance.Refused("stopping"), await rig.The<InboxIntake>().Open("a", 1, InboundClass.AckGated, static () => false)
            .AcceptAsync(new InboundMessage("e", new Chat("c", ChatKind.Direct), new Sender("s"), "text"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Store_that_hangs_costs_its_bound_is_said_and_makes_a_planned_stop_a_failed_one()
    {
        using var rig = Rig();
        using var release = new ManualResetEventSlim();
        using var hangs = new ManualResetEventSlim();
        rig.Store.Accept(StoreFolder.Entry("e"), _ =>
        {
            hangs.Set();
            release.Wait(GatewayRig.Patience);
        });
        Assert.True(hangs.Wait(GatewayRig.Patience));
        try
        {
            Assert.Equal(ExitCodes.Failed, rig.The<StopSequence>().Run(Planned));
        }
        finally
        {
            release.Set();
        }

        var report = ShutdownReport.Read(rig.Yard.Data)!;
        Assert.Equal((false, ExitCodes.Failed), (report.Phases.Single(static phase => phase.Phase == StopPhase.StoreClose).Finished, report.ExitCode));
        Assert.True(report.Phases.Single(static phase => phase.Phase == StopPhase.Teardown).Finished);
    }

    [Fact]
    public void Folder_that_is_gone_costs_the_report_and_not_the_end()
    {
        using var rig = Rig();
        Directory.Delete(rig.Yard.Data, recursive: true);
        var code = rig.The<StopSequence>().Run(new StopRequest("restart", ExitCodes.Restart));
        Assert.Equal(ExitCodes.Restart, code);
        Assert.Null(ShutdownReport.Read(rig.Yard.Data));
        Directory.CreateDirectory(rig.Yard.Data);
    }

    private static GatewayRig Rig() => new GatewayRig(Configuration, static yard => yard.Place("Plain", GatewayRig.Adapter())).Started();
}
