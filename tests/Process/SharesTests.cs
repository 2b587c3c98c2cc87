using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>One adapter floods what all share: it is refused and named, and its neighbour goes on.</summary>
public sealed class SharesTests
{
    [Fact]
    public void A_flood_of_state_is_refused_and_named_and_the_neighbour_keeps_its_own_and_is_answered()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, SmallStore("fills-state"));
        var status = gateway.Await(static status => Reasons(status).Contains("state forget run.fills-state", StringComparison.Ordinal),
            Bound.Replies);
        Assert.Contains("'run.fills-state' has used its share of the store for state", Reasons(status), StringComparison.Ordinal);
        AssertAnswered(gateway, 20);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void A_flood_of_event_ids_takes_neither_room_nor_memory_of_events_from_the_neighbour()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, SmallStore("flood-event-ids"));
        AssertAnswered(gateway, 10);
        gateway.Await(static status => status.Inbound("accepted") > 5_000, Bound.Replies * 3);
        AssertAnswered(gateway, 30);
        // The first ten again: they have not been forgotten for the flood's sake.
        var before = gateway.Status().Inbound("duplicates");
        for (var i = 0; i < 10; i++) Write(gateway, i);
        gateway.Await(status => status.Inbound("duplicates") >= before + 10, Bound.Replies);
        Assert.Equal(30, Sent(gateway));
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void Who_blocks_the_threads_on_which_its_tasks_are_completed_is_named_and_the_neighbour_is_answered()
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Plans.With([Plans.Healthy, new Sinner("blocks-completions", "run").Json]));
        var status = gateway.Await(static status => Reasons(status).Contains("completed on the thread pool", StringComparison.Ordinal),
            Bound.Replies);
        Assert.Contains("adapter 'run.blocks-completions' blocks the 16 threads on which its tasks are completed", Reasons(status),
            StringComparison.Ordinal);
        AssertAnswered(gateway, 10);
        Assert.Equal(0, gateway.Stop());
    }

    private static string SmallStore(string sin)
    {
        var plan = JsonNode.Parse(Plans.With([Plans.Healthy, new Sinner(sin, "run").Json]))!;
        plan["gateway"]!["store"] = new JsonObject { ["maxMegabytes"] = 16 };
        return plan.ToJsonString();
    }

    private static string Reasons(Status status) =>
        string.Join('\n', status.Json.GetProperty("reasons").EnumerateArray().Select(static reason => reason.GetString()));

    /// <summary>The neighbour hears so many messages in all, and every one is accepted and answered once.</summary>
    private static void AssertAnswered(GatewayProcess gateway, int all)
    {
        for (var i = 0; i < all; i++) Write(gateway, i);
        Bound.Until(() => Sent(gateway) >= all, Bound.Replies * 2,
            () => $"{string.Join('\n', Journal(gateway))}\n{gateway.Status().Json}\n{gateway.Said}");
        Assert.Equal(all, Sent(gateway));
    }

    private static int Sent(GatewayProcess gateway) => Journal(gateway).Count(static line => line.Split(' ') is [_, _, "sent", ..]);

    private static void Write(GatewayProcess gateway, int number)
    {
        var place = Directory.CreateDirectory(Path.Combine(gateway.Data, "adapters", "healthy")).FullName;
        var whole = Path.Combine(place, $"m{number}.new");
        File.WriteAllText(whole, $"text {number}");
        File.Move(whole, Path.Combine(place, "in", $"m{number}"), overwrite: true);
    }

    private static string[] Journal(GatewayProcess gateway) =>
        Path.Combine(gateway.Data, "adapters", "healthy", "journal") is var path && File.Exists(path) ? File.ReadAllLines(path) : [];
}
