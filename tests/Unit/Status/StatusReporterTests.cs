using PluginGateway.Posix;
using PluginGateway.Status;
using PluginGateway.Supervision.Generations;
using PluginGateway.Tests.Hosting;
using PluginGateway.Tests.Store;
using PluginGateway.Units;

namespace PluginGateway.Tests.Status;

/// <summary>What the gateway says of itself, in the composed gateway.</summary>
public sealed class StatusReporterTests
{
    private const string Configuration = """
        { "gateway": { "pluginPaths": ["PLUGINS"] }, "adapters": [ { "id": "good", "plugin": "Plain" }, { "id": "bad", "plugin": "Throws" }, { "id": "off", "plugin": "Plain", "enabled": false } ] }
        """;

    [Fact]
    public void State_goes_from_starting_over_degraded_to_ready_and_ends_with_stopping_each_with_its_reasons()
    {
        using var fixture = Rig();
        var status = fixture.The<StatusReporter>();
        Assert.Equal(GatewayState.Starting, status.Judge().State);
        fixture.HasStarted = true;
        var (state, reasons) = status.Evaluate();
        Assert.Equal(GatewayState.Degraded, state);
        var reason = Assert.Single(reasons);
        Assert.StartsWith("adapter 'bad' is ", reason.Text, StringComparison.Ordinal);

        // What the operator has switched off is no reason to worry.
        fixture.The<AdapterControl>().Execute(AdapterAction.Disable, "bad", fixture.The<UnitRegistry>());
        GatewayFixture.Until(() => status.Judge().State == GatewayState.Ready);
        Assert.Empty(status.Judge().Reasons);

        fixture.Stops.Ask("SIGTERM", ExitCodes.Planned);
        Assert.Equal((GatewayState.Stopping, "stopping: SIGTERM"), (status.Judge().State, Assert.Single(status.Judge().Reasons)));
    }

    [Fact]
    public void Report_names_every_unit_once_with_its_state_and_waits_for_no_loop_that_stands_still()
    {
        using var fixture = Rig();
        var report = fixture.The<StatusReporter>().Report();
        Assert.Equal(["bad", "good", "off"], report.Adapters.Select(static adapter => adapter.Id).Order(StringComparer.Ordinal));
        Assert.Equal("connected", report.Adapters.Single(static adapter => adapter.Id == "good").State);
        Assert.Equal("disabled", report.Adapters.Single(static adapter => adapter.Id == "off").State);
        Assert.Equal([HandlerIds.Default], report.Handlers.Select(static handler => handler.Id));
        Assert.Equal("connected", report.Handlers.Single().State);

        // The store's writer stands still: the last balance is told, and nobody waits for the next.
        using var release = new ManualResetEventSlim();
        fixture.Store.Accept(StoreFolder.Entry("e"), _ => release.Wait(GatewayFixture.Patience));
        try
        {
            Assert.Equal(3, fixture.The<StatusReporter>().Report().Adapters.Count);
        }
        finally
        {
            release.Set();
        }
    }

    private static GatewayFixture Rig() => new GatewayFixture(Configuration, static fixture =>
    {
        fixture.Place("Plain", GatewayFixture.Adapter());
        fixture.Place("Throws", GatewayFixture.Adapter(constructor: "throw new InvalidOperationException(\"no\");"));
    }).Started();
}
