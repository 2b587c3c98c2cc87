using System.Text.Json;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>What a handler keeps and sends without a turn, as an operator sees it.</summary>
public sealed class HandlerServicesTests
{
    [Theory]
    [InlineData("inProcess")]
    [InlineData("process")]
    public async Task A_handler_counts_in_its_state_over_a_kill_and_sends_once_for_each_key_where_it_may(string isolation)
    {
        using var folder = new TempFolder();
        using (var gateway = GatewayProcess.StartReady(folder, Plan(isolation)))
        {
            Assert.Equal("1", await AskAsync(gateway, "1", "one"));
            var id = await AskAsync(gateway, "2", "send web reports daily all is well");
            Assert.StartsWith("m", id, StringComparison.Ordinal);
            Assert.Equal(id, await AskAsync(gateway, "3", "send web reports daily all is well"));
            Assert.Contains("InvalidOperationException: The key 'daily' belongs to another message", await AskAsync(
                gateway, "4", "send web reports daily something else"), StringComparison.Ordinal);
            Assert.Contains("ArgumentException: There is no adapter 'nowhere'", await AskAsync(
                gateway, "5", "send nowhere reports k text"), StringComparison.Ordinal);
            Assert.Contains("ArgumentException: Handler 'handler:default' may not send through adapter 'other'; allowed: 'web'", await AskAsync(
                gateway, "6", "send other reports k text"), StringComparison.Ordinal);
            Assert.Equal("2", await AskAsync(gateway, "7", "two"));
            await UntilAsync(gateway, "news", "gateway: started");
            await UntilAsync(gateway, "reports", "gateway: all is well");
            gateway.Kill();
        }

        using var next = GatewayProcess.StartReady(folder, Plan(isolation, "web", "other"));
        Assert.Equal("3", await AskAsync(next, "8", "three"));
        Assert.StartsWith("m", await AskAsync(next, "9", "send web reports daily all is well"), StringComparison.Ordinal);
        Assert.StartsWith("m", await AskAsync(next, "10", "send other reports k by another adapter"), StringComparison.Ordinal);
        var status = next.Await(static status => status.IsIdle, Bound.Replies);
        await UntilAsync(next, "reports", "gateway: all is well");
        await UntilAsync(next, "news", "gateway: started");
        // Ten answers, the report, the start, and the one through the other adapter.
        Assert.Equal((13, 13), (status.Outbound("owed"), status.Outbound("delivered")));
        status.AssertBalances();
        var listed = Command.Run(folder.Path, "state", "list", "--data", next.Data);
        Assert.Contains("handler:default: 1 keys of state", listed.Output, StringComparison.Ordinal);
        Assert.Equal(0, next.Stop());
        var forgotten = Command.Run(folder.Path, "state", "forget", "handler:default", "--data", next.Data);
        Assert.Contains("1 keys of the state of handler 'handler:default' are forgotten", forgotten.Output, StringComparison.Ordinal);
    }

    private static string Plan(string isolation, params string[] mayUse)
    {
        var handler = new JsonObject
        {
            ["plugin"] = "Counting", ["isolation"] = isolation, ["settings"] = new JsonObject { ["announce"] = "news" },
        };
        if (mayUse.Length > 0) handler["mayUse"] = JsonSerializer.SerializeToNode(mayUse);
        var other = JsonNode.Parse("""{ "id": "other", "plugin": "WebChat", "handler": { "plugin": "Echo" } }""")!.AsObject();
        return Plans.With([other], timeouts: new JsonObject { ["loadSeconds"] = 60 }, handler: handler);
    }

    /// <summary>Sends a message, and returns its answer.</summary>
    private static async Task<string> AskAsync(GatewayProcess gateway, string id, string text)
    {
        using var chat = new ChatClient(gateway.Address);
        var room = $"room{id}";
        using var replies = chat.Listen(room);
        await chat.SendAsync(room, id, text);
        replies.WaitFor(1, Bound.Replies);
        return replies.Replies.Single().Text;
    }

    /// <summary>Waits for the only message of a conversation.</summary>
    private static async Task UntilAsync(GatewayProcess gateway, string room, string line)
    {
        using var chat = new ChatClient(gateway.Address);
        await Task.Run(() => Bound.Until(() => chat.TalkAsync(room).Result is [var only] && only == line, Bound.Replies,
            () => string.Join('\n', chat.TalkAsync(room).Result) + gateway.Said));
    }
}
