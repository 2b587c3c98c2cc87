using PluginGateway.Lifetime;
using PluginGateway.Supervision;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Lifetime;

/// <summary>What the gateway says of itself, in the composed gateway.</summary>
public sealed class StatusSourceTests
{
    private const string Configuration = """
        { "gateway": { "pluginPaths": ["PLUGINS"] }, "adapters": [ { "id": "good", "plugin": "Plain" }, { "id": "bad", "plugin": "Throws" }, { "id": "off", "plugin": "Plain", "enabled": false } ] }
        """;

    [Fact]
    public void State_goes_from_starting_over_degraded_to_ready_and_ends_with_stopping_each_with_its_reasons()
    {
        using var rig = Rig();
        var status = rig.The<StatusSource>();
        Assert.Equal(GatewayState.Starting, status.Judge().State);
        rig.HasStarted = true;
        var (state, reasons) = status.Look();
        Assert.Equal(GatewayState.Degraded, state);
        var reason = Assert.Single(reasons);
        Assert.StartsWith("adapter 'bad' is ", reason.Text, StringComparison.Ordinal);

        // What the operator has switched off is no reason to worry.
        rig.The<AdapterDesk>().Execute(AdapterAction.Disable, "bad", rig.The<UnitRoster>());
        GatewayRig.Until(() => status.Judge().State == GatewayState.Ready);
        Assert.Empty(status.Judge().Reasons);

        rig.Stops.Ask("SIGTERM", ExitCodes.Planned);
        Assert.Equal((GatewayState.Stopping, "stopping: SIGTERM"), (status.Judge().State, Assert.Single(status.Judge().Reasons)));
    }

    [Fact]
    public void Report_names_every_unit_once_with_its_state_and_waits_for_no_loop_that_stands_still()
    {
        using var rig = Rig();
        var report = rig.The<StatusSource>().Report();
        Assert.Equal(["bad", "good", "off"], report.Adapters.Select(static adapter => adapter.Id).Order(StringComparer.Ordinal));
        Assert.Equal("connected", report.Adapters.Single(static adapter => adapter.Id == "good").State);
        Assert.Equal("disabled", report.Adapters.Single(static adapter => adapter.Id == "off").State);
        Assert.Equal([HandlerIds.Default], report.Handlers.Select(static handler => handler.Id));
        Assert.Equal("connected", report.Handlers.Single().State);

        // The store's writer stands still: the last balance is told, and nobody waits for the next.
        using var release = new ManualResetEventSlim();
        rig.Store.Accept(StoreFolder.Entry("e"), _ => release.Wait(GatewayRig.Patience));
        try
        {
            Assert.Equal(3, rig.The<StatusSource>().Report().Adapters.Count);
        }
        finally
        {
            release.Set();
        }
    }

    private static GatewayRig Rig() => new GatewayRig(Configuration, static yard =>
    {
        yard.Place("Plain", GatewayRig.Adapter());
        yard.Place("Throws", GatewayRig.Adapter(constructor: "throw new InvalidOperationException(\"no\");"));
    }).Started();
}
