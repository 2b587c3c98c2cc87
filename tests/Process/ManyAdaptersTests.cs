using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Many adapters on one DLL: their loads take turns.</summary>
public sealed class ManyAdaptersTests
{
    private const string Waits = "waits for its turn to load";

    [Fact]
    public void Two_hundred_adapters_wait_for_their_turns_to_load_and_all_connect_with_their_first_generation()
    {
        var many = Chance.IsLong ? 1000 : 200;
        using var folder = new TempFolder();
        var idle = Enumerable.Range(0, many).Select(static i => Adapter($"a{i}", "none", "never"));
        using var gateway = GatewayProcess.Start(folder, Plans.With(idle, budget: 60));
        Bound.Until(() => gateway.Status().Json.ToString().Contains(Waits, StringComparison.Ordinal), Bound.Start,
            () => $"nobody waits for a permit:\n{gateway.Said}");
        Bound.Until(() => Connected(gateway, "a") == many, Bound.Start * 3, () => $"{gateway.Status().Json}\n{gateway.Said}");
        Assert.All(Adapters(gateway, "a"), static adapter => Assert.Equal(1, adapter.GetProperty("generation").GetInt32()));
        Assert.DoesNotContain("did not get a thread", gateway.Said, StringComparison.Ordinal);
        gateway.Send(Signal.Terminate);
        Assert.Equal(0, gateway.WaitForExit(Bound.Stop * 3));
    }

    [Fact]
    public void Twenty_loads_that_hang_do_not_keep_sixty_others_from_connecting()
    {
        const int Good = 60;
        using var folder = new TempFolder();
        var hanging = Enumerable.Range(0, 20).Select(static i => Adapter($"hangs{i}", "sleep", "construct"));
        var good = Enumerable.Range(0, Good).Select(static i => Adapter($"a{i}", "none", "never"));
        using var gateway = GatewayProcess.Start(folder, Plans.With([.. hanging, .. good]));
        Bound.Until(() => Connected(gateway, "a") == Good, Bound.Start * 2, () => $"{gateway.Status().Json}\n{gateway.Said}");
        Assert.All(Adapters(gateway, "a"), static adapter => Assert.Equal(1, adapter.GetProperty("generation").GetInt32()));
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void A_stop_ends_what_waits_for_its_turn_at_once()
    {
        using var folder = new TempFolder();
        var hanging = Enumerable.Range(0, 80).Select(static i => Adapter($"hangs{i}", "sleep", "construct"));
        using var gateway = GatewayProcess.Start(folder, Plans.With(hanging));
        Bound.Until(() => gateway.Status().Json.ToString().Contains(Waits, StringComparison.Ordinal), Bound.Start,
            () => $"nobody waits for a permit:\n{gateway.Said}");
        Assert.Equal(0, gateway.Stop());
    }

    private static JsonObject Adapter(string id, string sin, string phase) => new()
    {
        ["id"] = id,
        ["plugin"] = "Misbehaving",
        ["settings"] = new JsonObject { ["sin"] = sin, ["phase"] = phase, ["always"] = "yes" },
        ["timeouts"] = new JsonObject { ["disconnectSeconds"] = 1 },
    };

    private static int Connected(GatewayProcess gateway, string prefix) =>
        Adapters(gateway, prefix).Count(static adapter => adapter.GetProperty("state").GetString() == "connected");

    private static IEnumerable<System.Text.Json.JsonElement> Adapters(GatewayProcess gateway, string prefix) =>
        gateway.Status().Json.GetProperty("adapters").EnumerateArray()
            .Where(adapter => adapter.GetProperty("id").GetString()!.StartsWith(prefix, StringComparison.Ordinal));
}
