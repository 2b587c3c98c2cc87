using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Turns that a newer message supersedes (<c>conversation.busy: interrupt</c>), with a handler that hangs.</summary>
public sealed class InterruptTests
{
    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public async Task A_slow_handler_is_interrupted_and_the_new_turn_has_both_messages_in_their_order(string isolation)
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Plan(isolation));
        using var chat = new ChatClient(gateway.Address);
        using var replies = chat.Listen("room");
        await chat.SendAsync("room", "1", "listen");
        await RunningAsync(gateway);
        await chat.SendAsync("room", "2", "and listen");
        Until(gateway, "cancelled: Superseded");
        Until(gateway, "over");
        await RunningAsync(gateway);
        await chat.SendAsync("room", "3", "/stop");
        await chat.SendAsync("room", "4", "hello");
        replies.WaitFor(2, Bound.Replies);
        Assert.Equal(["Stopped.", "1: hello"], replies.Replies.Select(static reply => reply.Text));
        var status = gateway.Await(static status => status.IsIdle, Bound.Replies);
        // One turn had both.
        Assert.Equal((4, 2, 2), (status.Inbound("accepted"), status.Inbound("handled"), status.Inbound("dropped")));
        status.AssertBalances();
        Assert.Equal(0, gateway.Stop());
    }

    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public async Task A_handler_that_ignores_its_token_does_not_answer_twice(string isolation)
    {
        using var folder = new TempFolder();
        using var gateway = GatewayProcess.StartReady(folder, Plan(isolation, seconds: 6));
        using var chat = new ChatClient(gateway.Address);
        using var replies = chat.Listen("room");
        await chat.SendAsync("room", "1", "ignore");
        await RunningAsync(gateway);
        await chat.SendAsync("room", "2", "two");
        replies.WaitFor(1, Bound.Replies);
        Until(gateway, "over");
        await chat.SendAsync("room", "3", "three");
        replies.WaitFor(2, Bound.Replies);
        Assert.Equal(["1: ignore\ntwo", "1: three"], replies.Replies.Select(static reply => reply.Text));
        var status = gateway.Await(static status => status.IsIdle, Bound.Replies);
        Assert.Equal((3, 3), (status.Inbound("accepted"), status.Inbound("handled")));
        status.AssertBalances();
    }

    [Fact]
    public async Task After_a_kill_behind_the_interrupt_one_turn_answers_all_messages_once()
    {
        using var folder = new TempFolder();
        using (var gateway = GatewayProcess.StartReady(folder, Plan("inProcess")))
        {
            using var chat = new ChatClient(gateway.Address);
            await chat.SendAsync("room", "1", "listen");
            await RunningAsync(gateway);
            await chat.SendAsync("room", "2", "two");
            // The handler is told when the interrupt is on the disk.
            Until(gateway, "cancelled: Superseded");
            gateway.Kill();
        }

        using var next = GatewayProcess.StartReady(folder, Plan("inProcess", seconds: 0, busy: "queue"));
        using var again = new ChatClient(next.Address);
        using var replies = again.Listen("room");
        replies.WaitFor(1, Bound.Replies);
        await again.SendAsync("room", "3", "three");
        replies.WaitFor(2, Bound.Replies);
        Assert.EndsWith(": listen\ntwo", replies.Replies[0].Text, StringComparison.Ordinal);
        Assert.Equal("1: three", replies.Replies[1].Text);
        var status = next.Await(static status => status.IsIdle, Bound.Replies);
        Assert.Equal((3, 3), (status.Inbound("accepted"), status.Inbound("handled")));
        status.AssertBalances();
    }

    private static string Plan(string isolation, int seconds = 600, string busy = "interrupt")
    {
        var plan = JsonNode.Parse(Plans.With([], timeouts: new JsonObject { ["loadSeconds"] = 60 }, handler: new JsonObject
        {
            ["plugin"] = "Stubborn",
            ["isolation"] = isolation,
            ["settings"] = new JsonObject { ["seconds"] = seconds },
        }))!;
        plan["gateway"]!["conversation"] = new JsonObject { ["busy"] = busy };
        return plan.ToJsonString();
    }

    /// <summary>Waits until a turn runs.</summary>
    private static Task RunningAsync(GatewayProcess gateway) => Task.Run(() =>
        gateway.Await(static status => status.Json.GetProperty("turns").GetProperty("running").GetInt32() == 1, Bound.Replies));

    private static void Until(GatewayProcess gateway, string said) =>
        Bound.Until(() => gateway.Said.Contains(said, StringComparison.Ordinal), Bound.Replies, () => gateway.Said);
}
