using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch.External;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Dispatch;
using PluginGateway.Guard.Calls;
using PluginGateway.Loading;
using PluginGateway.Posix;
using PluginGateway.Shutdown;
using PluginGateway.Status;
using PluginGateway.Store.Engine;
using PluginGateway.Tests.Hosting;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Shutdown;

/// <summary>The stop sequence, in the composed gateway: each phase once, in its order, within its bound, and the code that says what came of
/// it.</summary>
public sealed class ShutdownSequenceTests
{
    private const string Configuration = """
        { "gateway": { "pluginPaths": ["PLUGINS"], "timeouts": { "drainSeconds": 1, "disconnectSeconds": 1, "storeCloseSeconds": 1 } }, "adapters": [ { "id": "a", "plugin": "Plain" } ] }
        """;

    private static readonly StopRequest Planned = new("stop", ExitCodes.Planned);

    [Fact]
    public async Task Stop_goes_through_its_phases_in_order_closes_the_store_and_ends_with_0()
    {
        using var fixture = Rig();
        fixture.Stops.Ask(Planned.Reason, Planned.ExitCode);
        Assert.Equal(ExitCodes.Planned, fixture.The<ShutdownSequence>().Run(Planned));

        var report = ShutdownReport.Read(fixture.Yard.Data)!;
        Assert.Equal([StopPhase.Drain, StopPhase.Teardown, StopPhase.StoreClose], report.Phases.Select(static phase => phase.Phase));
        Assert.All(report.Phases, static phase => Assert.True(phase.Finished));
        Assert.Equal(("stop", 0), (report.Reason, report.ExitCode));
        Assert.Equal(("a", "closed"),
            report.Adapters.Where(static adapter => adapter.Id == "a").Select(static adapter => (adapter.Id, adapter.Outcome)).Single());
        Assert.Equal(GatewayState.Stopping, fixture.The<StatusReporter>().Judge().State);
        // From its first moment on nothing is taken that the platform would not keep.
        Assert.Equal(Acceptance.Refused("stopping"), await fixture.The<InboxIntake>().Open("a", 1, InboundClass.AckGated, static () => false)
            .AcceptAsync(new InboundMessage("e", new Chat("c", ChatKind.Direct), new Sender("s"), "text"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Store_that_hangs_costs_its_bound_is_said_and_makes_a_planned_stop_a_failed_one()
    {
        using var fixture = Rig();
        using var release = new ManualResetEventSlim();
        using var hangs = new ManualResetEventSlim();
        fixture.Store.Accept(StoreFolder.Entry("e"), _ =>
        {
            hangs.Set();
            release.Wait(GatewayFixture.Patience);
        });
        Assert.True(hangs.Wait(GatewayFixture.Patience));
        try
        {
            Assert.Equal(ExitCodes.Failed, fixture.The<ShutdownSequence>().Run(Planned));
        }
        finally
        {
            release.Set();
        }

        var report = ShutdownReport.Read(fixture.Yard.Data)!;
        Assert.Equal(
            (false, ExitCodes.Failed), (report.Phases.Single(static phase => phase.Phase == StopPhase.StoreClose).Finished, report.ExitCode));
        Assert.True(report.Phases.Single(static phase => phase.Phase == StopPhase.Teardown).Finished);
    }

    [Fact]
    public void Sends_that_the_teardown_refuses_are_written_down_before_the_store_closes_and_not_in_doubt_after_the_next_start()
    {
        var patient = Configuration.Replace("\"storeCloseSeconds\": 1", "\"storeCloseSeconds\": 30", StringComparison.Ordinal)
            .Replace("\"timeouts\"", "\"shutdownBudgetSeconds\": 120, \"timeouts\"", StringComparison.Ordinal);
        using var fixture = new GatewayFixture(patient, static place => place.Place("Plain", GatewayFixture.Adapter())).Started();
        var dispatcher = fixture.The<Dispatcher>();
        var calls = new System.Collections.Concurrent.ConcurrentQueue<GuardedCall>();
        dispatcher.Attach(new AdapterPort("b", 1, new AdapterTraits(), new CallTimeouts(), AdapterCapabilities.None, calls.Enqueue));
        var api = new MessageApi(fixture.Store, dispatcher, static () => ["b"]);
        for (var i = 1; i <= 4; i++) api.Enqueue(new("b", new Chat($"{i}", ChatKind.Direct), new Reply("hello"), $"k{i}"), static _ => { });
        GatewayFixture.Until(() => calls.Count == 4);

        // The dispatcher is held up from before the calls are refused until well after the teardown.
        using var release = new ManualResetEventSlim();
        using var isHeld = new ManualResetEventSlim();
        dispatcher.Fetches.Fetch("nobody", 1, 0, new Attachment("f", AttachmentKind.File), _ =>
        {
            isHeld.Set();
            release.Wait(GatewayFixture.Patience);
        });
        Assert.True(isHeld.Wait(GatewayFixture.Patience));
        foreach (var call in calls) call.Finish(new CallEnd(CallEndKind.Refused, CallStage.NotEntered, TimeSpan.Zero, null));
        var releasing = new Thread(() =>
        {
            GatewayFixture.Until(() => fixture.Unit("a")?.LastTeardown is not null);
            Thread.Sleep(500);
            release.Set();
        });
        releasing.Start();
        Assert.Equal(ExitCodes.Planned, fixture.The<ShutdownSequence>().Run(Planned));
        releasing.Join();

        using var connection = Database.OpenExisting(Path.Combine(fixture.Yard.Data, "gateway.db"));
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT group_concat(chat || ' ' || state, ', ') FROM (SELECT chat, state FROM outbox ORDER BY chat)";
        Assert.Equal("b/1 0, b/2 0, b/3 0, b/4 0", command.ExecuteScalar());
    }

    [Fact]
    public void Folder_that_is_gone_costs_the_report_and_not_the_end()
    {
        using var fixture = Rig();
        Directory.Delete(fixture.Yard.Data, recursive: true);
        var code = fixture.The<ShutdownSequence>().Run(new StopRequest("restart", ExitCodes.Restart));
        Assert.Equal(ExitCodes.Restart, code);
        Assert.Null(ShutdownReport.Read(fixture.Yard.Data));
        Directory.CreateDirectory(fixture.Yard.Data);
    }

    private static GatewayFixture Rig() =>
        new GatewayFixture(Configuration, static fixture => fixture.Place("Plain", GatewayFixture.Adapter())).Started();
}
