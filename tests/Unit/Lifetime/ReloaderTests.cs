using PluginGateway.Lifetime;
using PluginGateway.Supervision;
using PluginGateway.Tests.Loading;

namespace PluginGateway.Tests.Lifetime;

/// <summary>A reload that something happens to, in the composed gateway. The plugin's module initializer waits as long as a file is there, so each moment is chosen and not guessed.</summary>
public sealed class ReloaderTests
{
    private const string Configuration = """
        { "gateway": { "pluginPaths": ["PLUGINS"], "timeouts": { "loadSeconds": 60 } }, "adapters": [ { "id": "a", "plugin": "Waits" }, { "id": "b", "plugin": "Plain" } ] }
        """;

    [Fact]
    public void Adapter_that_is_disabled_while_its_candidate_is_loaded_stays_disabled_until_it_is_enabled()
    {
        using var rig = Rig();
        var ticket = BeginReload(rig, "a");
        var (answer, refusal) = rig.The<AdapterDesk>().Execute(AdapterAction.Disable, "a", rig.The<UnitRoster>());
        Assert.True(answer is not null, refusal);
        Assert.False(rig.Reloads.Find(ticket)!.Done);
        Release(rig);

        var unit = Assert.Single(rig.Await(ticket).Units, static unit => unit.Id == "a");
        Assert.Equal(("disabled", StartPlan.ByOperator), (unit.State, unit.Reason));
        Assert.Equal(UnitPhase.Disabled, rig.Unit("a")!.Phase);
        Assert.Equal(UnitPhase.Connected, rig.Unit("b")!.Phase);
        // What was loaded meanwhile is there for its next start.
        rig.The<AdapterDesk>().Execute(AdapterAction.Enable, "a", rig.The<UnitRoster>());
        GatewayRig.Until(() => rig.Unit("a") is { Phase: UnitPhase.Connected });
    }

    [Fact]
    public void Stop_that_is_asked_for_while_a_candidate_is_loaded_ends_the_reload_and_nothing_is_changed()
    {
        using var rig = Rig();
        var generation = rig.Unit("a")!.Generation;
        var ticket = BeginReload(rig, "a");
        rig.Stops.Ask("stop", ExitCodes.Planned);
        Assert.Contains("stopping; nothing was changed", rig.Await(ticket).Refusal, StringComparison.Ordinal);
        Release(rig);
        Assert.Equal((UnitPhase.Connected, generation), (rig.Unit("a")!.Phase, rig.Unit("a")!.Generation));
    }

    [Fact]
    public void What_is_asked_during_a_reload_is_done_after_it_with_the_configuration_of_then()
    {
        using var rig = Rig();
        var first = BeginReload(rig, "a");
        rig.Write(Configuration.Replace(""", { "id": "b", "plugin": "Plain" }""", "", StringComparison.Ordinal));
        var second = rig.Reloads.Ask("reload", null);
        Assert.Equal(second, rig.Reloads.Ask("SIGHUP", null));
        Assert.Equal(UnitPhase.Connected, rig.Unit("b")!.Phase);
        Release(rig);
        Assert.True(rig.Await(first).Ok);
        Assert.Contains(rig.Await(second).Units, static unit => unit is { Id: "b", Outcome: ReloadOutcome.Removed });
        GatewayRig.Until(() => rig.Unit("b") is null or { Phase: UnitPhase.Disabled });
    }

    private static GatewayRig Rig() => new GatewayRig(Configuration, static yard =>
    {
        yard.Place("Plain", GatewayRig.Adapter());
        yard.Place("Waits", GatewayRig.Adapter() + $$"""
            static class Init
            {
                [System.Runtime.CompilerServices.ModuleInitializer]
                internal static void Wait()
                {
                    if (!System.IO.File.Exists(@"{{Hold(yard)}}")) return;
                    System.IO.File.WriteAllText(@"{{Hold(yard)}}.loading", "");
                    while (System.IO.File.Exists(@"{{Hold(yard)}}")) Thread.Sleep(10);
                }
            }
            """);
    }).Started();

    /// <summary>Asks for it, and returns when its candidate is being loaded.</summary>
    private static int BeginReload(GatewayRig rig, string id)
    {
        Assert.Equal(UnitPhase.Connected, rig.Unit(id)!.Phase);
        File.WriteAllText(Hold(rig.Yard), "");
        var ticket = rig.Reloads.Ask("reload", id);
        GatewayRig.Until(() => File.Exists(Hold(rig.Yard) + ".loading"));
        return ticket;
    }

    private static void Release(GatewayRig rig) => File.Delete(Hold(rig.Yard));

    private static string Hold(PluginYard yard) => Path.Combine(yard.Root, "hold");
}
