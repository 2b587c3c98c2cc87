using PluginGateway.Hosting;
using PluginGateway.Posix;
using PluginGateway.Supervision;
using PluginGateway.Units;

namespace PluginGateway.Tests.Hosting;

/// <summary>When the start is over, and when it is hopeless, in the composed gateway.</summary>
public sealed class StartupProgressTests
{
    private const string Good = """
        { "gateway": { "pluginPaths": ["PLUGINS"] }, "adapters": [ { "id": "good", "plugin": "Plain" }, { "id": "bad", "plugin": "Missing" } ] }
        """;

    private const string Hopeless = """
        { "gateway": { "pluginPaths": ["PLUGINS"] }, "adapters": [ { "id": "bad", "plugin": "Missing" } ] }
        """;

    private const string Switched = """
        { "gateway": { "pluginPaths": ["PLUGINS"] }, "adapters": [ { "id": "good", "plugin": "Plain" } ] }
        """;

    [Fact]
    public void Start_is_over_when_each_unit_has_got_as_far_as_it_can()
    {
        using var fixture = Rig(Good);
        var startup = fixture.The<StartupProgress>();
        Assert.False(startup.HasEnded);
        fixture.Started();
        Assert.True(startup.Update());
        Assert.True(startup.HasEnded);
        Assert.Null(fixture.Stops.First);
    }

    [Fact]
    public void Where_nothing_can_run_the_end_is_asked_for_with_its_reasons()
    {
        using var fixture = Rig(Hopeless).Started();
        Assert.False(fixture.The<StartupProgress>().Update());
        Assert.False(fixture.The<StartupProgress>().HasEnded);
        Assert.Equal(ExitCodes.Configuration, fixture.Stops.First!.ExitCode);
        Assert.StartsWith("nothing can run: adapter 'bad' is ", fixture.Stops.First.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_operator_can_switch_on_again_is_not_hopeless()
    {
        using var fixture = Rig(Switched).Started();
        fixture.The<AdapterControl>().Execute(AdapterAction.Disable, "good", fixture.The<UnitRegistry>());
        GatewayFixture.Until(() => fixture.The<Supervisor>().Snapshot.IsHopeless);
        Assert.True(fixture.The<StartupProgress>().Update());
        Assert.True(fixture.The<StartupProgress>().HasEnded);
        Assert.Null(fixture.Stops.First);
    }

    private static GatewayFixture Rig(string configuration) => new(configuration, static fixture => fixture.Place("Plain", GatewayFixture.Adapter()));
}
