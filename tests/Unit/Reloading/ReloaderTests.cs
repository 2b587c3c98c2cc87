using PluginGateway.Posix;
using PluginGateway.Reloading;
using PluginGateway.Supervision.Machine;
using PluginGateway.Tests.Hosting;
using PluginGateway.Tests.Loading;
using PluginGateway.Units;

namespace PluginGateway.Tests.Reloading;

/// <summary>A reload that something happens to, in the composed gateway. The plugin's module initializer waits as long as a file is there, so each
/// moment is chosen and not guessed.</summary>
public sealed class ReloaderTests
{
    private const string Configuration = """
        { "gateway": { "pluginPaths": ["PLUGINS"], "timeouts": { "loadSeconds": 60 } }, "adapters": [ { "id": "a", "plugin": "Waits" }, { "id": "b", "plugin": "Plain" } ] }
        """;

    [Fact]
    public void Adapter_that_is_disabled_while_its_candidate_is_loaded_stays_disabled_until_it_is_enabled()
    {
        using var fixture = Rig();
        var ticket = BeginReload(fixture, "a");
        var (result, refusal) = fixture.The<AdapterControl>().Execute(AdapterAction.Disable, "a", fixture.The<UnitRegistry>());
        Assert.True(result is not null, refusal);
        Assert.False(fixture.Reloads.Find(ticket)!.Done);
        Release(fixture);

        var unit = Assert.Single(fixture.Await(ticket).Units, static unit => unit.Id == "a");
        Assert.Equal(("disabled", StartupPolicy.ByOperator), (unit.State, unit.Reason));
        Assert.Equal(UnitPhase.Disabled, fixture.Unit("a")!.Phase);
        Assert.Equal(UnitPhase.Connected, fixture.Unit("b")!.Phase);
        // What was loaded meanwhile is there for its next start.
        fixture.The<AdapterControl>().Execute(AdapterAction.Enable, "a", fixture.The<UnitRegistry>());
        GatewayFixture.Until(() => fixture.Unit("a") is { Phase: UnitPhase.Connected });
    }

    [Fact]
    public void Stop_that_is_asked_for_while_a_candidate_is_loaded_ends_the_reload_and_nothing_is_changed()
    {
        using var fixture = Rig();
        var generation = fixture.Unit("a")!.Generation;
        var ticket = BeginReload(fixture, "a");
        fixture.Stops.Ask("stop", ExitCodes.Planned);
        Assert.Contains("stopping; nothing was changed", fixture.Await(ticket).Refusal, StringComparison.Ordinal);
        Release(fixture);
        Assert.Equal((UnitPhase.Connected, generation), (fixture.Unit("a")!.Phase, fixture.Unit("a")!.Generation));
    }

    [Fact]
    public void What_is_asked_during_a_reload_is_done_after_it_with_the_configuration_of_then()
    {
        using var fixture = Rig();
        var first = BeginReload(fixture, "a");
        fixture.Write(Configuration.Replace(""", { "id": "b", "plugin": "Plain" }""", "", StringComparison.Ordinal));
        var second = fixture.Reloads.Ask("reload", null);
        Assert.Equal(second, fixture.Reloads.Ask("SIGHUP", null));
        Assert.Equal(UnitPhase.Connected, fixture.Unit("b")!.Phase);
        Release(fixture);
        Assert.True(fixture.Await(first).Ok);
        Assert.Contains(fixture.Await(second).Units, static unit => unit is { Id: "b", Outcome: ReloadOutcome.Removed });
        GatewayFixture.Until(() => fixture.Unit("b") is null or { Phase: UnitPhase.Disabled });
    }

    [Fact]
    public void Candidate_that_cannot_be_loaded_leaves_what_runs_and_the_others_are_swapped()
    {
        using var fixture = Rig();
        var (before, other) = (fixture.Unit("a")!.Generation, fixture.Unit("b")!.Generation);
        File.WriteAllText(Path.Combine(fixture.Yard.Plugins, "Waits", "Waits.dll"), "no assembly");
        fixture.Yard.Place("Plain", GatewayFixture.Adapter() + " // another build\nclass Another { }");
        var report = fixture.Await(fixture.Reloads.Ask("reload", null));
        Assert.False(report.Ok);
        var refused = Assert.Single(report.Units, static unit => unit.Id == "a");
        Assert.Equal((ReloadOutcome.Refused, "connected", false), (refused.Outcome, refused.State, refused.Ok));
        Assert.EndsWith("What ran goes on as it was", refused.Reason, StringComparison.Ordinal);
        var swapped = Assert.Single(report.Units, static unit => unit.Id == "b");
        Assert.Equal((ReloadOutcome.Swapped, "connected", true), (swapped.Outcome, swapped.State, swapped.Ok));
        Assert.Equal((UnitPhase.Connected, before), (fixture.Unit("a")!.Phase, fixture.Unit("a")!.Generation));
        Assert.True(fixture.Unit("b")!.Generation > other);
    }

    [Fact]
    public void Adapter_that_is_parked_for_its_entry_says_what_is_wrong_now_and_starts_when_nothing_is()
    {
        using var fixture = Rig(With("\"noSuchSetting\": 1"));
        Assert.Equal((UnitPhase.Parked, PluginFault.InvalidSettingsCode), (fixture.Unit("c")!.Phase, fixture.Unit("c")!.Code));
        fixture.Write(With("\"anotherSetting\": 1"));
        var still = Assert.Single(fixture.Await(fixture.Reloads.Ask("reload", null)).Units, static unit => unit.Id == "c");
        Assert.Equal(("parked", PluginFault.InvalidSettingsCode, false), (still.State, still.Code, still.Ok));
        Assert.Contains("anotherSetting", still.Reason, StringComparison.Ordinal);
        GatewayFixture.Until(
            () => fixture.Unit("c") is { Phase: UnitPhase.Parked, Code: PluginFault.InvalidSettingsCode } unit && unit.Reason == still.Reason);
        fixture.Write(With("\"settings\": {}"));
        var mended = Assert.Single(fixture.Await(fixture.Reloads.Ask("reload", null)).Units, static unit => unit.Id == "c");
        Assert.Equal((ReloadOutcome.Enabled, "connected", true), (mended.Outcome, mended.State, mended.Ok));

        static string With(string member) => Configuration.Replace(
            "\"plugin\": \"Plain\" }", $$"""
            "plugin": "Plain" }, { "id": "c", "plugin": "Plain", {{member}} }
            """, StringComparison.Ordinal);
    }

    private static GatewayFixture Rig(string configuration = Configuration) => new GatewayFixture(configuration, static fixture =>
    {
        fixture.Place("Plain", GatewayFixture.Adapter());
        fixture.Place("Waits", GatewayFixture.Adapter() + $$"""
            static class Init
            {
                [System.Runtime.CompilerServices.ModuleInitializer]
                internal static void Wait()
                {
                    if (!System.IO.File.Exists(@"{{Hold(fixture)}}")) return;
                    System.IO.File.WriteAllText(@"{{Hold(fixture)}}.loading", "");
                    while (System.IO.File.Exists(@"{{Hold(fixture)}}")) Thread.Sleep(10);
                }
            }
            """);
    }).Started();

    /// <summary>Asks for it, and returns when its candidate is being loaded.</summary>
    private static int BeginReload(GatewayFixture fixture, string id)
    {
        Assert.Equal(UnitPhase.Connected, fixture.Unit(id)!.Phase);
        File.WriteAllText(Hold(fixture.Yard), "");
        var ticket = fixture.Reloads.Ask("reload", id);
        GatewayFixture.Until(() => File.Exists(Hold(fixture.Yard) + ".loading"));
        return ticket;
    }

    private static void Release(GatewayFixture fixture) => File.Delete(Hold(fixture.Yard));

    private static string Hold(PluginFixture fixture) => Path.Combine(fixture.Root, "hold");
}
