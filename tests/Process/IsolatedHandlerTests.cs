using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>Handlers that run in processes of their own, as an operator sees them. Files, presses and changes of messages are in the tests of the
/// chat page, which run isolated too.</summary>
public sealed class IsolatedHandlerTests
{
    [Fact]
    public async Task A_handlers_process_that_is_killed_in_the_middle_of_a_turn_costs_one_attempt_and_nobody_else_anything()
    {
        using var folder = new TempFolder();
        Asset.Place(folder, "SwapV1", "Slow");
        var plan = Plan("""{ "plugin": "Slow", "isolation": "process", "settings": { "pause": 2000 } }""");
        plan["adapters"]!.AsArray().Add(JsonNode.Parse("""{ "id": "other", "plugin": "WebChat", "handler": { "plugin": "Echo" } }"""));
        using var gateway = GatewayProcess.StartReady(folder, plan.ToJsonString());
        using var chat = new ChatClient(gateway.Address);
        using var replies = chat.Listen("room");
        var worker = WorkerOf(gateway, "handler:default");
        await chat.SendAsync("room", "1", "hello");
        await Task.Delay(700, TestContext.Current.CancellationToken);
        Assert.Equal(1, gateway.Status().Inbound("pending"));
        Libc.Send(worker, Signal.Kill);
        using (var api = new HttpClient { BaseAddress = gateway.Address })
        using (var posted = await api.PostAsync("/hooks/other/messages", ChatClient.Body("room", "1", "from elsewhere")))
            Assert.Equal(HttpStatusCode.Accepted, posted.StatusCode);
        replies.WaitFor(1, Bound.Replies);
        var status = gateway.Await(static status => status.IsIdle, Bound.Replies);
        Assert.Equal(["v1 hello"], replies.Replies.Select(static reply => reply.Text));
        Assert.Equal((2, 2), (status.Inbound("handled"), status.Outbound("delivered")));
        Assert.Contains("signal 9 (SIGKILL)", gateway.Said, StringComparison.Ordinal);
        Assert.Equal(1, Count(gateway.Said, "attempt 1"));
        Assert.All(["web", "other"], id => Assert.Equal(1, status.Adapter(id).GetProperty("generation").GetInt32()));
        Assert.NotEqual(worker, WorkerOf(gateway, "handler:default"));
        status.AssertBalances();
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task A_handlers_process_that_is_stopped_is_noticed_and_replaced()
    {
        using var folder = new TempFolder();
        var plan = Plan("""{ "plugin": "Echo", "isolation": "process" }""");
        plan["gateway"]!["probe"] = JsonNode.Parse("""{ "idleSeconds": 1 }""");
        plan["gateway"]!["timeouts"]!["probeSeconds"] = 1;
        using var gateway = GatewayProcess.StartReady(folder, plan.ToJsonString());
        using var chat = new ChatClient(gateway.Address);
        using var replies = chat.Listen("room");
        var worker = WorkerOf(gateway, "handler:default");
        Libc.Send(worker, Signal.Stop);
        await chat.SendAsync("room", "1", "hello");
        replies.WaitFor(1, Bound.Replies);
        Assert.Equal("hello", replies.Replies.Single().Text);
        Assert.Contains("probes in a row failed", gateway.Said, StringComparison.Ordinal);
        Assert.False(Directory.Exists($"/proc/{worker}"));
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task A_handler_that_blocks_before_its_first_await_in_its_process_ends_at_the_deadline_and_holds_up_nobody()
    {
        using var folder = new TempFolder();
        var handler = Plans.SinningHandler("sleep");
        (handler["isolation"], handler["timeouts"]) = ("process", new JsonObject { ["turnSeconds"] = 1 });
        var plan = Plan(handler.ToJsonString());
        plan["adapters"]!.AsArray().Add(JsonNode.Parse("""{ "id": "other", "plugin": "WebChat", "handler": { "plugin": "Echo", "isolation": "process" } }"""));
        using var gateway = GatewayProcess.StartReady(folder, plan.ToJsonString());
        using var chat = new ChatClient(gateway.Address);
        await chat.SendAsync("room", "1", "hello");
        gateway.Await(static status => status.Inbound("parked") == 1, Bound.Replies);
        using var api = new HttpClient { BaseAddress = gateway.Address };
        using (var posted = await api.PostAsync("/hooks/other/messages", ChatClient.Body("room", "1", "from elsewhere")))
            Assert.Equal(HttpStatusCode.Accepted, posted.StatusCode);
        gateway.Await(static status => status.Outbound("delivered") == 1, Bound.Replies).AssertBalances();
        Assert.Contains("did not finish within 1 s", gateway.Said, StringComparison.Ordinal);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public async Task A_webhook_in_a_process_of_its_own_replies_edits_reacts_and_puts_its_turns_off_while_the_backend_is_away()
    {
        using var folder = new TempFolder();
        var port = FreePort.Next();
        var plan = Plan($$"""
            { "plugin": "Webhook", "isolation": "process", "settings": { "url": "http://127.0.0.1:{{port}}/", "secret": "a-secret-of-the-tests" } }
            """);
        using var gateway = GatewayProcess.StartReady(folder, plan.ToJsonString());
        using var chat = new ChatClient(gateway.Address);
        await chat.SendAsync("room", "1", "first");
        Bound.Until(() => gateway.Status().Json.GetProperty("reasons").ToString().Contains("has put its turns off", StringComparison.Ordinal),
            Bound.Replies, () => gateway.Said);
        using var backend = new HttpListener();
        backend.Prefixes.Add($"http://127.0.0.1:{port}/");
        backend.Start();
        var first = await AnswerAsync(backend, """{"replies":[{"text":"Working ...","buttons":[{"id":"y","label":"Yes"},{"id":"n","label":"No"}]}]}""");
        Assert.Equal(("message", 1), (first.GetProperty("event").GetString(), first.GetProperty("attempt").GetInt32()));
        gateway.Await(static status => status.IsIdle, Bound.Replies);
        var sent = (await chat.HistoryAsync("room")).GetProperty("messages")[1];
        var token = sent.GetProperty("buttons")[0].GetProperty("token").GetString();
        var press = new { conversation = "room", id = "p1", token, messageId = sent.GetProperty("id").GetString() };
        Assert.Equal(HttpStatusCode.Accepted, (await chat.PostAsync("/chat/presses", press)).Status);
        var pressed = await AnswerAsync(backend, """{"replies":[{"edit":"m1","text":"Done"}]}""");
        Assert.Equal(("pressed", "y", "m1"), (pressed.GetProperty("event").GetString(),
            pressed.GetProperty("button").GetProperty("id").GetString(), pressed.GetProperty("button").GetProperty("target").GetString()));
        await chat.SendAsync("room", "2", "second");
        await AnswerAsync(backend, """{"replies":[{"react":"👍"}]}""");
        gateway.Await(static status => status.IsIdle, Bound.Replies).AssertBalances();
        Bound.Until(() => chat.TalkAsync("room").Result is ["user: first", "gateway: Done (edited)", "user: second [👍 gateway]"], Bound.Replies,
            () => string.Join('\n', chat.TalkAsync("room").Result) + gateway.Said);
        Assert.Equal(0, gateway.Stop());
    }

    [Fact]
    public void Check_creates_an_isolated_handler_in_a_worker()
    {
        using var folder = new TempFolder();
        var config = folder.Write("plugins.json", """
            { "handler": { "plugin": "Webhook", "isolation": "process", "settings": { "url": "http://127.0.0.1:1/", "secret": "short" } },
              "adapters": [ { "id": "web", "plugin": "WebChat" } ] }
            """);
        var check = Command.Run(folder.Path, "check", "--config", config, "--data", folder["data"]);
        Assert.Equal(78, check.ExitCode);
        Assert.Contains("error: handler.settings.secret: ", check.Output, StringComparison.Ordinal);
    }

    private static JsonNode Plan(string handler)
    {
        var plan = JsonNode.Parse(Plans.With([], timeouts: new JsonObject { ["loadSeconds"] = 60 }, handler: JsonNode.Parse(handler)!.AsObject()))!;
        plan["gateway"]!["pluginPaths"]!.AsArray().Add("more");
        plan["gateway"]!["reconnect"] = new JsonObject { ["firstSeconds"] = 0.1, ["capSeconds"] = 0.1 };
        return plan;
    }

    /// <summary>Process id of a handler's worker.</summary>
    private static int WorkerOf(GatewayProcess gateway, string id)
    {
        var found = 0;
        Bound.Until(() => (found = Find()) > 0, Bound.Start, () => $"'{id}' has no worker. It said:\n{gateway.Said}");
        return found;

        int Find()
        {
            var handler = gateway.Status().Json.GetProperty("handlers").EnumerateArray().Single(handler => handler.GetProperty("id").GetString() == id);
            Assert.Equal("process", handler.GetProperty("isolation").GetString());
            return handler.GetProperty("worker") is { ValueKind: JsonValueKind.Object } worker ? worker.GetProperty("pid").GetInt32() : 0;
        }
    }

    /// <summary>Answers the next request of the gateway and returns its body.</summary>
    private static async Task<JsonElement> AnswerAsync(HttpListener backend, string answer)
    {
        var request = await backend.GetContextAsync().WaitAsync(Bound.Replies);
        var body = (await JsonDocument.ParseAsync(request.Request.InputStream)).RootElement;
        request.Response.OutputStream.Write(System.Text.Encoding.UTF8.GetBytes(answer));
        request.Response.Close();
        return body;
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
